"""Envoy reads a request the way that Pictory will."""

from collections.abc import Iterator
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import Json, bootstraps, managers


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, bootstrap in bootstraps(resource):
        for manager in managers(bootstrap):
            yield from (f"container {name} {problem}" for problem in _problems(manager))


def _problems(manager: Json) -> Iterator[str]:
    common: Any = manager.get("common_http_protocol_options") or {}
    if manager.get("normalize_path") is not True:
        yield "matches routes on paths with /../ in them (normalize_path)"
    if manager.get("merge_slashes") is not True:
        yield "matches routes on paths with // in them (merge_slashes)"
    if manager.get("path_with_escaped_slashes_action") != "REJECT_REQUEST":
        yield "takes paths with escaped slashes (path_with_escaped_slashes_action)"
    if common.get("headers_with_underscores_action") != "REJECT_REQUEST":
        yield "takes headers with underscores, which others read as hyphens (headers_with_underscores_action)"
    # Envoy waits for headers for ever unless told, for a stream five minutes.
    for field, default in (("request_headers_timeout", "0s"), ("stream_idle_timeout", "300s")):
        if str(manager.get(field, default)) in ("0s", "0"):
            yield f"lets a slow caller hold a connection for ever ({field})"
    if str(common.get("idle_timeout", "3600s")) in ("0s", "0"):
        yield "lets a silent caller hold a connection for ever (idle_timeout)"


POLICY = Policy(
    number=39,
    title="Envoy normalizes paths, rejects ambiguous requests and ends slow ones",
    severity=Severity.HIGH,
    practice=Practice.LEAST_PRIVILEGE,
    types=TASK,
    why="A path that Envoy reads as one operation and Pictory as another is an operation that nobody granted.",
    remedy="Set normalize_path, merge_slashes, REJECT_REQUEST for escaped slashes and underscored headers, and the "
    "timeouts of the connection manager.",
    judge=judge,
    owasp=("API4:2023", "API8:2023"),
)
