"""Calls are sent to a container that is there."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import known, written
from ._containers import TASK, containers


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    tasks = stack.linked(resource, "task_definition", types=TASK)
    for block in resource.blocks("load_balancer"):
        for task in tasks:
            found = dict(containers(task))
            name = written(block.get("container_name"))
            if name not in found:
                known(
                    [block.get("container_name"), [one.get("name") for one in found.values()]],
                    "container_name",
                )
                yield f"sends calls to container {name}, which {task.address} does not have"
            elif known(found[name].get("essential"), "essential") is False:
                yield f"keeps a task whose container {name} has ended (essential)"


POLICY = Policy(
    number=122,
    title="Services send calls to an essential container of their task",
    severity=Severity.LOW,
    practice=Practice.MONITORING,
    types=("aws_ecs_service",),
    why="A gateway that callers cannot reach is one that they go around.",
    remedy="Name a container of the task in load_balancer.container_name, and leave it essential.",
    judge=judge,
)
