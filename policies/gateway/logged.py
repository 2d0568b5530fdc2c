"""What a container says is kept."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK, containers


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, container in containers(resource):
        logging = container.get("logConfiguration") or {}
        if not logging.get("logDriver"):
            yield f"container {name} is not logged"
        elif logging["logDriver"] == "awslogs" and not (logging.get("options") or {}).get("awslogs-group"):
            yield f"container {name} names no log group"


POLICY = Policy(
    number=26,
    title="Containers write to a log that is kept",
    severity=Severity.MEDIUM,
    practice=Practice.MONITORING,
    types=TASK,
    why="The access log is the record of who called what; without it alarms see nothing.",
    remedy='Give each container "logConfiguration" with the driver "awslogs" and a log group.',
    judge=judge,
    fsbp=("ECS.9",),
)
