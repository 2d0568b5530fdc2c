"""What runs is what was reviewed: images are named by digest."""

import re
from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import known
from ._containers import TASK, containers

_DIGEST = re.compile(r".+@sha256:[0-9a-f]{64}")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, container in containers(resource):
        image = known(container.get("image"), f"{name}.image")
        if not image or not _DIGEST.fullmatch(image):
            yield f"container {name} runs {image or 'no image'}, which a push can change"


POLICY = Policy(
    number=21,
    title="Container images are pinned by digest",
    severity=Severity.HIGH,
    practice=Practice.UPDATES,
    types=TASK,
    why="A tag can be moved: the next task that starts would run what nobody reviewed, with the Pictory key.",
    remedy="Write the image as name@sha256:<digest>, and raise the digest by a reviewed change.",
    judge=judge,
    owasp=("API8:2023",),
)
