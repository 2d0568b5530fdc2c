"""What runs is what was reviewed: images are named by digest."""

import re
from collections.abc import Iterator
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import Unknown, known
from ._containers import TASK, containers

_DIGEST = re.compile(r".+@sha256:[0-9a-f]{64}")
_PART_OF_ONE = re.compile(r"[0-9a-f]{0,63}")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, container in containers(resource):
        image = _decided(container.get("image"), f"{name}.image")
        if not image or not _DIGEST.fullmatch(image):
            yield f"container {name} runs {image or 'no image'}, which a push can change"


def _decided(image: Any, field: str) -> Any:
    """The image as far as it is decided: the name of a repository may come later, when what follows is written out."""
    if isinstance(image, Unknown) and image.parts:
        end = image.parts[-1]
        if isinstance(end, str) and not _PART_OF_ONE.fullmatch(end):
            return image.text
    return known(image, field)


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
