"""Nothing in a container runs as root."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import known
from ._containers import TASK, containers


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, container in containers(resource):
        user, _, group = str(known(container.get("user"), f"{name}.user") or "").partition(":")
        if user in ("", "0", "root") or group in ("0", "root"):
            yield f"container {name} runs as {user or 'whom its image says'}{':' + group if group else ''}"


POLICY = Policy(
    number=23,
    title="Containers run as a named user that is not root",
    severity=Severity.HIGH,
    practice=Practice.LEAST_PRIVILEGE,
    types=TASK,
    why="Root in a container is one kernel fault away from root on the host, and reads every file of the task.",
    remedy='Set "user": "65532:65532", or another number that is not 0.',
    judge=judge,
    fsbp=("ECS.20",),
    owasp=("API8:2023",),
)
