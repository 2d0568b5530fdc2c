"""A key that somebody deletes can be had back for a while."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.environments import is_production
from ..stack.resource import Resource, Stack

_SHORTEST_DAYS = 14


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    days = int(resource.known("deletion_window_in_days") or 30)
    if is_production(stack) and days < _SHORTEST_DAYS:
        yield f"is gone {days} days after its deletion"
    if resource.known("is_enabled") is False:
        yield "is disabled"


POLICY = Policy(
    number=62,
    title="KMS keys are in use, and in production wait two weeks before they are deleted",
    severity=Severity.MEDIUM,
    practice=Practice.ROTATION,
    types=("aws_kms_key",),
    why="With its key a secret is lost for good: the wait is the only undo.",
    remedy="Leave deletion_window_in_days out (30), or set it to 14 or more.",
    judge=judge,
    fsbp=("KMS.3",),
)
