"""M out of N, and what a period without data counts as: CloudWatch's documented rules."""

from dataclasses import dataclass
from typing import Literal

from sandbox.alarms.alarm import MetricAlarm
from sandbox.alarms.series import Series

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]


@dataclass(frozen=True)
class Judgement:
    """A state, and in words why."""

    state: str
    reason: str


def judge(alarm: MetricAlarm, series: Series) -> Judgement:
    """The state of ``alarm`` when its result has the values of ``series``."""
    known = [series[index] for index in range(alarm.looked_at) if index in series]
    recent = [series[index] for index in range(alarm.evaluations) if index in series]
    # With data missing, older values stand in for it, as far as they are looked at.
    used = recent if len(recent) == alarm.evaluations else known[: alarm.evaluations]
    breaching = sum(alarm.breaches(value) for value in used)
    absent = alarm.evaluations - len(used)
    told = _told(alarm, used, breaching, absent)
    if absent and alarm.missing == "breaching":
        return Judgement("ALARM" if breaching + absent >= alarm.datapoints else "OK", told)
    if absent and alarm.missing in ("missing", "ignore") and breaching == len(used):
        # Nothing known speaks against an alarm, and not enough is known for one.
        if alarm.missing == "ignore" and breaching < alarm.datapoints:
            return Judgement(alarm.state, f"{told}; the state is left as it was")
        return Judgement("ALARM" if used else "INSUFFICIENT_DATA", told)
    return Judgement("ALARM" if breaching >= alarm.datapoints else "OK", told)


def _told(alarm: MetricAlarm, used: list[float], breaching: int, absent: int) -> str:
    values = ", ".join(f"{value:g}" for value in used) or "none"
    missing = f"; {absent} without data, treated as {alarm.missing}" if absent else ""
    return (
        f"{breaching} of the last {alarm.evaluations} values (newest first: {values}) are {_WORDS[alarm.comparison]} "
        f"{alarm.threshold:g}, {alarm.datapoints} make an alarm{missing}"
    )


_WORDS = {
    "GreaterThanOrEqualToThreshold": "at or above", "GreaterThanThreshold": "above",
    "LessThanThreshold": "below", "LessThanOrEqualToThreshold": "at or below",
}  # fmt: skip
