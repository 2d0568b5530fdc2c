"""A container has none of the kernel's special rights."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import known
from ._containers import TASK, containers


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, container in containers(resource):
        if known(container.get("privileged"), f"{name}.privileged") is True:
            yield f"container {name} is privileged"
        capabilities = known(
            (container.get("linuxParameters") or {}).get("capabilities") or {}, f"{name}.capabilities"
        )
        if "ALL" not in (capabilities.get("drop") or []):
            yield f"container {name} keeps capabilities: it does not drop ALL"
        if added := capabilities.get("add"):
            yield f"container {name} adds {', '.join(added)}"


POLICY = Policy(
    number=24,
    title="Containers drop all capabilities and are not privileged",
    severity=Severity.HIGH,
    practice=Practice.LEAST_PRIVILEGE,
    types=TASK,
    why="Raw sockets, other processes' memory and file ownership are of use to an intruder only.",
    remedy='Set "linuxParameters": {"capabilities": {"drop": ["ALL"]}} and leave "privileged" out.',
    judge=judge,
    fsbp=("ECS.4",),
    owasp=("API8:2023",),
)
