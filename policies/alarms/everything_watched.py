"""What can fail has an alarm."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack, same
from ..stack.values import references, walk
from ._metrics import metrics

_WATCHED = {
    "aws_lb_target_group": ("AWS/ApplicationELB", "HealthyHostCount"),
    "aws_lambda_function": ("AWS/Lambda", "Errors"),
    "aws_wafv2_web_acl": ("AWS/WAFV2", "BlockedRequests"),
}
_TRANSPORT = ("TLS", "TCP", "UDP", "TCP_UDP")
_QUEUE = ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
_NAMES = ("function_name", "name")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    wanted = _WATCHED.get(resource.type, _QUEUE)
    if resource.type == "aws_lb_target_group" and resource.known("protocol") in _TRANSPORT:
        wanted = ("AWS/NetworkELB", wanted[1])
    if resource.type == "aws_sqs_queue" and not _takes_dead_letters(resource, stack):
        return
    for alarm in stack.of("aws_cloudwatch_metric_alarm"):
        for metric in metrics(alarm):
            if (metric.get("namespace"), metric.get("metric_name")) == wanted and _is_of(
                metric, resource, stack
            ):
                return
    yield f"has no alarm on {' '.join(wanted)}"


def _takes_dead_letters(queue: Resource, stack: Stack) -> bool:
    return bool(stack.linking(queue, "dead_letter_config", types=("aws_lambda_function",)))


def _is_of(metric: Mapping[str, Any], resource: Resource, stack: Stack) -> bool:
    """Whether a dimension of the metric is this resource, by name or by reference."""
    dimensions = metric.get("dimensions")
    if any(same(reference.address, resource.address) for reference in references(dimensions)):
        return True
    names = {resource.get(field) for field in _NAMES if isinstance(resource.get(field), str)}
    return bool(names & {value for value in walk(dimensions) if isinstance(value, str)})


POLICY = Policy(
    number=95,
    title="Targets, functions, web ACLs and dead letters have an alarm",
    severity=Severity.MEDIUM,
    practice=Practice.MONITORING,
    types=(*_WATCHED, "aws_sqs_queue"),
    why="What nobody watches fails on the day that it is needed.",
    remedy="Add aws_cloudwatch_metric_alarm on HealthyHostCount, Errors, BlockedRequests or "
    "ApproximateNumberOfMessagesVisible with its dimensions.",
    judge=judge,
)
