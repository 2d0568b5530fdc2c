"""A body in chunks ends in one place only."""

from collections.abc import Iterator
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import Json, bootstraps, public_managers

_FLAG = "envoy.reloadable_features.strict_chunk_parsing"


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, bootstrap in bootstraps(resource):
        if (
            any(_is_http1(manager) for manager in public_managers(bootstrap))
            and _value(bootstrap) is not True
        ):
            yield f"container {name} takes chunks that end in a bare line feed ({_FLAG})"


def _is_http1(manager: Json) -> bool:
    return manager.get("codec_type", "AUTO") in ("AUTO", "HTTP1")


def _value(bootstrap: Json) -> Any:
    """What the last layer says that has the flag."""
    layers = (bootstrap.get("layered_runtime") or {}).get("layers") or []
    said = [layer["static_layer"][_FLAG] for layer in layers if _FLAG in (layer.get("static_layer") or {})]
    return said[-1] if said else None


POLICY = Policy(
    number=129,
    title="Envoy takes chunks only as HTTP has them",
    severity=Severity.MEDIUM,
    practice=Practice.LEAST_PRIVILEGE,
    types=TASK,
    why="By default Envoy takes a bare line feed for the end of a chunk, where others read on: a second request can be "
    "hidden in the first.",
    remedy=f"Set {_FLAG} to true in a static_layer of layered_runtime.",
    judge=judge,
    owasp=("API8:2023",),
)
