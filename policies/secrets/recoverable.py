"""A secret that somebody deletes can be had back."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.environments import is_production
from ..stack.resource import Resource, Stack

_SHORTEST_DAYS = 7


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    days = resource.known("recovery_window_in_days")
    if is_production(stack) and days is not None and int(days) < _SHORTEST_DAYS:
        yield f"is gone {days} days after its deletion"


POLICY = Policy(
    number=56,
    title="In production, a deleted secret can be restored for a week",
    severity=Severity.MEDIUM,
    practice=Practice.ROTATION,
    types=("aws_secretsmanager_secret",),
    why="Pictory shows a key once: with the secret goes the only copy.",
    remedy="Leave recovery_window_in_days out (30), or set it to 7 or more.",
    judge=judge,
)
