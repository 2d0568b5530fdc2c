"""A table that somebody deletes or empties can be had back."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.environments import is_production
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if not is_production(stack):
        return
    if resource.known("deletion_protection_enabled") is not True:
        yield "can be deleted by one call (deletion_protection_enabled)"
    if resource.known("point_in_time_recovery", "enabled") is not True:
        yield "cannot be put back to what it was (point_in_time_recovery)"


POLICY = Policy(
    number=126,
    title="In production, tables are protected from deletion and can be restored",
    severity=Severity.MEDIUM,
    practice=Practice.AUTHENTICATION,
    types=("aws_dynamodb_table",),
    why="The registry says which credentials count: with it gone, no caller is let in, and what was taken back is "
    "forgotten.",
    remedy="Set deletion_protection_enabled, and point_in_time_recovery with enabled.",
    judge=judge,
    fsbp=("DynamoDB.2", "DynamoDB.6"),
)
