"""A container that hangs is found."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import known
from ._containers import TASK, containers


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, container in containers(resource):
        is_essential = known(container.get("essential"), f"essential of {name}") is not False
        if not is_essential and container.get("healthCheck"):
            yield f"container {name} may fail its health check, and the task goes on (essential is false)"
        if not is_essential or container.get("portMappings"):
            continue
        if not (container.get("healthCheck") or {}).get("command"):
            yield f"container {name} is asked for its health by nobody"


POLICY = Policy(
    number=112,
    title="Containers that no load balancer asks have a health check",
    severity=Severity.LOW,
    practice=Practice.MONITORING,
    types=TASK,
    why="A sidecar that hangs keeps an old key in use: nothing fails, until Pictory refuses it.",
    remedy='Give the container "healthCheck" with a command.',
    judge=judge,
)
