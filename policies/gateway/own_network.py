"""A task's network is its own."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if (mode := resource.known("network_mode")) != "awsvpc":
        yield f"shares the network of its host (network_mode is {mode or 'left to AWS'})"


POLICY = Policy(
    number=29,
    title="Tasks have a network interface of their own",
    severity=Severity.HIGH,
    practice=Practice.LEAST_PRIVILEGE,
    types=("aws_ecs_task_definition",),
    why="On a shared network a task's loopback, where Envoy and its sidecar speak, is every neighbour's "
    "as well.",
    remedy='Set network_mode = "awsvpc".',
    judge=judge,
    fsbp=("ECS.17",),
)
