"""Logs are kept long enough, and read by whom their key names."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack

_SHORTEST_DAYS = 365


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.get("kms_key_id") is None:
        yield "is not encrypted with a customer key"
    days = int(resource.known("retention_in_days") or 0)
    if days and days < _SHORTEST_DAYS:
        yield f"is kept for {days} days: at least {_SHORTEST_DAYS}"
    if resource.known("log_group_class") == "INFREQUENT_ACCESS":
        yield "takes no metric filters (INFREQUENT_ACCESS): alarms see nothing of it"


POLICY = Policy(
    number=81,
    title="Log groups are encrypted with a customer key and kept for a year",
    severity=Severity.MEDIUM,
    practice=Practice.MONITORING,
    types=("aws_cloudwatch_log_group",),
    why="Intrusions are found months later; access logs say who called what, and are not for everybody to read.",
    remedy="Set kms_key_id, and retention_in_days to 365 or more.",
    judge=judge,
)
