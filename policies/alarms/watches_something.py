"""The metric that an alarm watches is made by something."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import known
from ._metrics import metrics

_OURS = "PictoryEgress/"


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    made = {
        (known(block.get("namespace"), "namespace"), known(block.get("name"), "name"))
        for log_filter in stack.of("aws_cloudwatch_log_metric_filter")
        for block in log_filter.blocks("metric_transformation")
    }
    for metric in metrics(resource):
        namespace, name = known([metric.get("namespace"), metric.get("metric_name")], "metric")
        if str(namespace).startswith(_OURS) and (namespace, name) not in made:
            yield f"watches {namespace} {name}, which no metric filter makes"
        if str(namespace).startswith("AWS/") and not metric.get("dimensions"):
            yield f"watches {namespace} {name} of nothing: it has no dimensions"
    queries = resource.blocks("metric_query")
    if queries and sum(query.get("return_data") is True for query in queries) != 1:
        yield "decides by none, or by several, of its metric queries (return_data)"


POLICY = Policy(
    number=90,
    title="Each alarm watches a metric that something makes",
    severity=Severity.HIGH,
    practice=Practice.MONITORING,
    types=("aws_cloudwatch_metric_alarm",),
    why="An alarm on a metric that nobody writes is green for ever.",
    remedy="Add the aws_cloudwatch_log_metric_filter that makes the metric, or correct the alarm's namespace and name.",
    judge=judge,
)
