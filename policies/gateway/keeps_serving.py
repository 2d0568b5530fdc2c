"""The gateway stays up while one task fails or is replaced."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.environments import is_production
from ..stack.resource import Resource, Stack

_LEAST_TASKS = 2
_LEAST_PERCENT = 50


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if not is_production(stack):
        return
    if resource.type == "aws_appautoscaling_target":
        if int(resource.known("min_capacity") or 0) < _LEAST_TASKS:
            yield f"may shrink to {resource.known('min_capacity')} tasks"
        if not stack.linking(resource, types=("aws_appautoscaling_policy",)):
            yield "is scaled by no policy"
        return
    if int(resource.known("desired_count") or 0) < _LEAST_TASKS:
        yield f"starts {resource.known('desired_count') or 0} tasks"
    percent = resource.known("deployment_minimum_healthy_percent")
    if percent is not None and int(percent) < _LEAST_PERCENT:
        yield f"may stop all but {percent} % of its tasks while a release starts"
    if not stack.linking(resource, types=("aws_appautoscaling_target",)):
        yield "is not scaled with its load (aws_appautoscaling_target)"


POLICY = Policy(
    number=30,
    title="In production, services run two tasks or more, and scale",
    severity=Severity.MEDIUM,
    practice=Practice.MONITORING,
    types=("aws_ecs_service", "aws_appautoscaling_target"),
    why="A gateway that is down is a gateway that somebody goes around, with the key in a script.",
    remedy="Set desired_count and min_capacity to 2 or more, deployment_minimum_healthy_percent to 100, and "
    "a scaling policy.",
    judge=judge,
)
