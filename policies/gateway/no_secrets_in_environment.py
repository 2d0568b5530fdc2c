"""No container gets a secret through its environment."""

import json
import re
from collections.abc import Iterator
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..secrets._looks import is_a_secret, looks_like_a_secret
from ..stack.resource import Resource, Stack
from ..stack.values import NotKnownError, Unknown
from ._containers import FIELD, TASK, containers
from ._packed import VARIABLE, unpacked

_SECRET_NAME = re.compile(r"(^|_)(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|PASSPHRASE)$", re.IGNORECASE)
_NAMING = re.compile(r"(^|_)(arn|id|name)$")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for mention in sorted(resource.references(FIELD), key=str):
        if is_a_secret(mention):
            yield f"its containers are handed {mention.address}.{mention.attribute}, the value itself"
    later: list[NotKnownError] = []
    for name, container in containers(resource):
        for variable in container.get("environment") or []:
            key, value = str(variable.get("name")), variable.get("value")
            if key == VARIABLE:
                # Compressed, nothing looks like anything: what is in it decides.
                value = json.dumps(unpacked(value, f"{name}.{VARIABLE}"))
            if looks_like_a_secret(_text(value)):
                yield f"container {name} has a secret in its variable {key}"
            elif _SECRET_NAME.search(key) and isinstance(value, Unknown):
                if not _mentions_names_only(value):
                    later.append(NotKnownError(f"{name}.{key}", value))
            elif _SECRET_NAME.search(key) and value and not str(value).startswith("arn:"):
                yield f"container {name} has a secret in its variable {key}"
    if later:
        raise later[0]


def _text(value: Any) -> str:
    return value.literal if isinstance(value, Unknown) else str(value)


def _mentions_names_only(value: Unknown) -> bool:
    """Whether what comes later names a secret, as an ARN does, rather than being one."""
    attributes = [mention.attribute for mention in value.references]
    return bool(attributes) and all(_NAMING.search(attribute) for attribute in attributes)


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
