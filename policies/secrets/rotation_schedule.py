"""A rotation comes often enough, and not at the moment of deployment."""

import re
from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack

_RATE = re.compile(r"rate\((\d+) (hour|day)s?\)")
LONGEST_DAYS = 90


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.known("rotate_immediately") is not False:
        yield "rotates at deployment, before there may be a value (rotate_immediately is not false)"
    days = resource.known("rotation_rules", "automatically_after_days")
    schedule = resource.known("rotation_rules", "schedule_expression")
    if schedule:
        rate = _RATE.fullmatch(schedule)
        if rate:
            hours = int(rate[1]) * (24 if rate[2] == "day" else 1)
            if hours > LONGEST_DAYS * 24:
                yield f"rotates by {schedule}: at most {LONGEST_DAYS} days"
            if hours < 4:
                yield f"rotates by {schedule}: Secrets Manager takes 4 hours at the least"
        elif not schedule.startswith("cron("):
            yield f"has the schedule {schedule!r}, which is neither rate(…) nor cron(…)"
    elif not days:
        yield "has no schedule"
    elif int(days) > LONGEST_DAYS:
        yield f"rotates after {days} days: at most {LONGEST_DAYS}"


POLICY = Policy(
    number=53,
    title="Rotations run every 90 days or more often, and never at deployment",
    severity=Severity.HIGH,
    practice=Practice.ROTATION,
    types=("aws_secretsmanager_secret_rotation",),
    why="Terraform rotates at once by default: with no value, or no candidate, the first rotation fails.",
    remedy='Set rotate_immediately = false and rotation_rules with a schedule_expression such as "rate(30 days)".',
    judge=judge,
    fsbp=("SecretsManager.4",),
    owasp=("API2:2023",),
)
