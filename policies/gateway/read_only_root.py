"""A container cannot change its own files."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import known
from ._containers import TASK, containers


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, container in containers(resource):
        if known(container.get("readonlyRootFilesystem"), f"{name}.readonlyRootFilesystem") is not True:
            yield f"container {name} can write to its root filesystem"


POLICY = Policy(
    number=22,
    title="Containers have a read-only root filesystem",
    severity=Severity.HIGH,
    practice=Practice.LEAST_PRIVILEGE,
    types=TASK,
    why="Whoever breaks into a container cannot bring tools along, or change what runs next.",
    remedy='Set "readonlyRootFilesystem": true, and mount a volume where files must be written.',
    judge=judge,
    fsbp=("ECS.5",),
    owasp=("API8:2023",),
)
