"""Nobody opens a shell in a running task."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.known("enable_execute_command") is True:
        yield "takes commands into running containers (enable_execute_command)"


POLICY = Policy(
    number=27,
    title="Services take no commands into running containers",
    severity=Severity.HIGH,
    practice=Practice.LEAST_PRIVILEGE,
    types=("aws_ecs_service",),
    why="A shell in the gateway's task reads the Pictory key from its volume, and no policy of ours sees it.",
    remedy="Leave enable_execute_command out; look into logs and metrics instead.",
    judge=judge,
    owasp=("API8:2023",),
)
