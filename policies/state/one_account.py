"""A stack goes into the account that it is for."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.environments import is_production
from ..stack.resource import TERRAFORM, Resource, Stack, blocks


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if not is_production(stack):
        return
    for provider in blocks(stack.providers.get("aws"), "provider.aws"):
        if not provider.get("allowed_account_ids"):
            yield "goes into whatever account the credentials are of (allowed_account_ids)"


POLICY = Policy(
    number=100,
    title="In production, the provider names its account",
    severity=Severity.MEDIUM,
    practice=Practice.LEAST_PRIVILEGE,
    types=(TERRAFORM,),
    why="One wrong variable in a shell, and production's plan is applied to another account, or another's "
    "to production.",
    remedy="Set allowed_account_ids of the aws provider.",
    judge=judge,
)
