"""No container gets a secret through its environment."""

import json
import re
from collections.abc import Iterator
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..secrets._looks import looks_like_a_secret
from ..stack.resource import Resource, Stack
from ..stack.values import Unknown
from ._containers import TASK, containers
from ._packed import VARIABLE, unpacked

_SECRET_NAME = re.compile(r"(^|_)(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|PASSPHRASE)$", re.IGNORECASE)


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, container in containers(resource):
        for variable in container.get("environment") or []:
            key, value = str(variable.get("name")), variable.get("value")
            if key == VARIABLE:
                # Compressed, nothing looks like anything: what is in it decides.
                value = json.dumps(unpacked(value, f"{name}.{VARIABLE}"))
            if looks_like_a_secret(_text(value)) or (
                _SECRET_NAME.search(key) and value and not _is_a_name(value)
            ):
                yield f"container {name} has a secret in its variable {key}"


def _text(value: Any) -> str:
    return value.literal if isinstance(value, Unknown) else str(value)


def _is_a_name(value: Any) -> bool:
    """Whether the value names a secret, as an ARN does, rather than being one."""
    return isinstance(value, Unknown) or str(value).startswith("arn:")


POLICY = Policy(
    number=25,
    title="Containers have no secrets in their environment",
    severity=Severity.CRITICAL,
    practice=Practice.ROTATION,
    types=TASK,
    why="Environment variables show in the console, in task definitions for ever, in crash reports; and a rotated "
    "key does not reach a task that runs.",
    remedy="Give the container the secret's ARN, and let it read the value when it needs it.",
    judge=judge,
    fsbp=("ECS.8",),
    owasp=("API2:2023", "API8:2023"),
)
