"""What is counted from a log is looked at."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import known
from ._metrics import metrics


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    watched = {
        (metric.get("namespace"), metric.get("metric_name"))
        for alarm in stack.of("aws_cloudwatch_metric_alarm")
        for metric in metrics(alarm)
    }
    for made in resource.blocks("metric_transformation"):
        namespace, name = known([made.get("namespace"), made.get("name")], "metric_transformation")
        if (namespace, name) not in watched:
            known([list(pair) for pair in watched], "the metric of an alarm")
            yield f"counts {namespace} {name}, which no alarm looks at"
    if not resource.get("log_group_name"):
        yield "reads no log group"


POLICY = Policy(
    number=114,
    title="Metrics that are counted from a log have an alarm",
    severity=Severity.LOW,
    practice=Practice.MONITORING,
    types=("aws_cloudwatch_log_metric_filter",),
    why="A count that nobody looks at is paid for, and trusted, for nothing.",
    remedy="Add aws_cloudwatch_metric_alarm on the metric, or remove the filter.",
    judge=judge,
)
