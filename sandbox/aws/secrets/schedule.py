"""Rotation rules: what is accepted, and when the next window ends."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.aws.secrets.versions import invalid_parameter

_RATE = re.compile(r"rate\((\d+) (hours?|days?)\)")
_DURATION = re.compile(r"(\d{1,2})h")


@dataclass(frozen=True)
class Schedule:
    """One schedule, as Secrets Manager keeps it: ``rules`` is the ``RotationRules`` that was accepted."""

    rules: dict[str, Any]
    every: timedelta
    window: timedelta | None

    @property
    def in_days(self) -> bool:
        """Days open a window at midnight UTC, hours at the full hour."""
        return self.every % timedelta(days=1) == timedelta(0)

    def next_date(self, last: float) -> float:
        """Unix seconds at which the window after ``last`` closes: the rotation happens on or before it."""
        at = datetime.fromtimestamp(last, UTC) + self.every
        if self.in_days:
            opens = at.replace(hour=0, minute=0, second=0, microsecond=0)
            closes = opens + (self.window or timedelta(days=1)) - timedelta(seconds=1)
        else:
            opens = at.replace(minute=0, second=0, microsecond=0)
            closes = opens + (self.window or timedelta(hours=1)) - timedelta(seconds=1)
        return closes.timestamp()


def parse(rules: dict[str, Any]) -> Schedule:
    """A schedule from ``RotationRules``; raises SecretError when AWS would refuse it, or it is a cron one."""
    days, expression = rules.get("AutomaticallyAfterDays"), rules.get("ScheduleExpression")
    if (days is None) == (expression is None):
        raise invalid_parameter("RotationRules: give either AutomaticallyAfterDays or ScheduleExpression.")
    if days is not None:
        if not 1 <= int(days) <= 1000:
            raise invalid_parameter(f"RotationRules.AutomaticallyAfterDays: {days} is not within 1-1000.")
        every = timedelta(days=int(days))
    else:
        every = _rate(str(expression))
    duration = rules.get("Duration")
    window = None
    if duration is not None:
        match = _DURATION.fullmatch(str(duration))
        window = timedelta(hours=int(match[1])) if match else timedelta(0)
        limit = timedelta(days=1) if every % timedelta(days=1) == timedelta(0) else every
        if not timedelta(0) < window <= limit:
            raise invalid_parameter(
                f"RotationRules.Duration: {duration!r} is not a window that fits the schedule."
            )
    return Schedule(dict(rules), every, window)


def _rate(expression: str) -> timedelta:
    if expression.startswith("cron("):
        raise invalid_parameter(f"{expression!r}: the local AWS knows rate() schedules only.")
    match = _RATE.fullmatch(expression)
    if not match:
        raise invalid_parameter(f"Invalid ScheduleExpression {expression!r}.")
    every = timedelta(days=int(match[1])) if match[2].startswith("day") else timedelta(hours=int(match[1]))
    if not timedelta(hours=4) <= every <= timedelta(days=999):
        raise invalid_parameter(f"ScheduleExpression {expression!r}: 4 hours to 999 days are allowed.")
    return every
