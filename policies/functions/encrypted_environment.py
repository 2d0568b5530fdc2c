"""A function's variables are encrypted with a key of one's own."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.get("environment", "variables") and not resource.get("kms_key_arn"):
        yield "has variables that AWS's own key encrypts (kms_key_arn)"


POLICY = Policy(
    number=70,
    title="Functions' variables are encrypted with a customer key",
    severity=Severity.LOW,
    practice=Practice.LEAST_PRIVILEGE,
    types=("aws_lambda_function",),
    why="Whoever may look at a function reads its variables, unless they need a key of ours as well.",
    remedy="Set kms_key_arn to a customer key.",
    judge=judge,
)
