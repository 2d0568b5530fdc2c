"""An alarm says what silence means."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.known("treat_missing_data") in (None, "missing"):
        yield "says nothing of missing data: it stays as it was, on or off"


POLICY = Policy(
    number=87,
    title="Each alarm says what missing data means",
    severity=Severity.MEDIUM,
    practice=Practice.MONITORING,
    types=("aws_cloudwatch_metric_alarm",),
    why="When the thing that is watched stops, its metric stops as well: unless that breaches, silence looks healthy.",
    remedy='Set treat_missing_data: "breaching" for heartbeats, "notBreaching" for errors, "ignore" for latencies.',
    judge=judge,
)
