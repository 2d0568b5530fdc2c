"""An alarm goes on when what it watches goes wrong."""

import re
from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack, blocks
from ..stack.values import known

_LESS = ("LessThanThreshold", "LessThanOrEqualToThreshold")
_BAD = re.compile(
    r"error|fail|refus|denied|reject|block|5xx|unauth|forbidden|throttl|limited|unhealthy|nocredential|needed|timeout|"
    r"restart|crash|processend",
    re.IGNORECASE,
)
_MOST_BAD = 10_000
_LONGEST_SECONDS = 7 * 24 * 3600
_LONGEST_PERCENT = 100
_OLDEST_SECONDS = 90 * 24 * 3600
_SECONDS = re.compile(r"(age|ageofoldestmessage|open|unconfirmed|finished)$", re.IGNORECASE)
_SLOWEST = 300_000
_MOST_BYTES_A_SECOND = 100 * 1024**2


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    threshold, comparison = resource.known("threshold"), resource.known("comparison_operator")
    periods = int(resource.known("evaluation_periods") or 1)
    if periods * _period(resource) > _LONGEST_SECONDS:
        yield "looks at more than seven days at once, which CloudWatch refuses"
    missing = resource.known("treat_missing_data")
    if comparison in _LESS and missing in ("notBreaching", "ignore"):
        yield "goes on when there is too little, but not when there is nothing (treat_missing_data)"
    if (
        comparison not in _LESS
        and missing == "breaching"
        and resource.known("statistic") in ("Sum", "Minimum")
    ):
        yield "goes on when there is much, and when there is nothing"
    if comparison in _LESS or threshold is None:
        return
    name, expression = str(resource.known("metric_name") or ""), _expression(resource)
    most = _most(name, expression, str(resource.known("statistic")))
    if "bytes" in name.lower():
        most = _MOST_BYTES_A_SECOND * _period(resource)
    if most is not None and float(threshold) > most:
        yield f"goes on above {threshold} only, which nothing reaches"


def _most(name: str, expression: str, statistic: str) -> int | None:
    """The highest threshold that still says something; None where any may."""
    if "100 *" in expression or "100*" in expression:
        return _LONGEST_PERCENT
    if _SECONDS.search(name):
        return _OLDEST_SECONDS
    if "duration" in expression.lower() or "latency" in name.lower():
        return _SLOWEST
    return (
        _MOST_BAD
        if _BAD.search(name + expression) or (statistic == "Maximum" and "Messages" in name)
        else None
    )


def _expression(resource: Resource) -> str:
    queries = resource.blocks("metric_query")
    return " ".join(str(query.get("expression") or "") for query in queries) + " ".join(
        str(metric.get("metric_name"))
        for query in queries
        for metric in blocks(query.get("metric"), "metric_query.metric")
    )


def _period(resource: Resource) -> int:
    periods = [resource.known("period")]
    for query in resource.blocks("metric_query"):
        periods += [metric.get("period") for metric in blocks(query.get("metric"), "metric_query.metric")]
    return max((int(known(period, "period")) for period in periods if period), default=60)


POLICY = Policy(
    number=94,
    title="Alarms have thresholds that something can reach",
    severity=Severity.MEDIUM,
    practice=Practice.MONITORING,
    types=("aws_cloudwatch_metric_alarm",),
    why="A threshold far off is an alarm switched off, that still shows as one.",
    remedy="Set a threshold that what goes wrong reaches within minutes; where too little is bad, set "
    "treat_missing_data to breaching.",
    judge=judge,
)
