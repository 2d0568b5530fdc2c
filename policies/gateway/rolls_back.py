"""A release that does not come up is taken back."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.known("deployment_controller", "type") not in (None, "ECS"):
        return
    for field in ("enable", "rollback"):
        if resource.known("deployment_circuit_breaker", field) is not True:
            yield f"deployment_circuit_breaker.{field} is not true"


POLICY = Policy(
    number=28,
    title="Services take a failed deployment back by themselves",
    severity=Severity.LOW,
    practice=Practice.UPDATES,
    types=("aws_ecs_service",),
    why="Updates are put off where they are feared: a bad image must cost minutes, and nobody's night.",
    remedy="Set deployment_circuit_breaker with enable and rollback.",
    judge=judge,
)
