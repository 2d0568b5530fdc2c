"""Calls reach the targets, and the targets are there."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack

_LISTENERS = ("aws_lb_listener", "aws_lb_listener_rule", "aws_alb_listener", "aws_alb_listener_rule")
_TARGETS = (
    "aws_ecs_service",
    "aws_lb_target_group_attachment",
    "aws_autoscaling_group",
    "aws_autoscaling_attachment",
)


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if not stack.linking(resource, types=_LISTENERS):
        yield "is reached by no listener"
    if not stack.linking(resource, types=_TARGETS):
        yield "has no targets: nothing registers with it"


POLICY = Policy(
    number=18,
    title="Target groups are reached by a listener, and have targets",
    severity=Severity.LOW,
    practice=Practice.MONITORING,
    types=("aws_lb_target_group", "aws_alb_target_group"),
    why="A gateway that callers cannot reach is one that they go around.",
    remedy="Forward to it by a listener's rule, and name it in the service's load_balancer block.",
    judge=judge,
)
