"""The containers of a task definition, which is one string of JSON."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ..stack.resource import Resource
from ..stack.values import NotKnownError, Unknown, parse_json, written

FIELD = "container_definitions"
TASK = ("aws_ecs_task_definition",)

Container = Mapping[str, Any]


def containers(resource: Resource) -> list[tuple[str, Container]]:
    """Each container with its name.

    Raises
    ------
    NotKnownError
        The string's structure is not known before the stack is applied.
    """
    return _parsed(resource)


@lru_cache(maxsize=64)
def _parsed(resource: Resource) -> list[tuple[str, Container]]:
    text = resource.get(FIELD)
    found = parse_json(text, FIELD) if text is not None else []
    if isinstance(found, Unknown):
        raise NotKnownError(FIELD, found)
    named = []
    for index, container in enumerate(found):
        if isinstance(container, Unknown):
            raise NotKnownError(f"{FIELD}.{index}", container)
        named.append((written(container.get("name", index)), container))
    return named
