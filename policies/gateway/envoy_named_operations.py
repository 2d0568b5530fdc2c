"""A route that leads to Pictory is one operation."""

import re
from collections.abc import Iterator
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import Json, body_kind, bootstraps, filter_kind, managers, methods, opens_tunnel, routes

_ANY_PATH = "/no/such/operation"
_CALLER = ("JwtAuthentication", "RBAC", "LocalRateLimit")
_BODY = ("ExtAuthz", "ExternalProcessor", "Buffer")
_WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
_OCTETS = "application/octet-stream"
_FIRST_REFUSAL = 400


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for _, bootstrap in bootstraps(resource):
        for manager in managers(bootstrap):
            checks = _checks(manager)
            for host, of_host in routes(manager):
                for number, route in enumerate(of_host):
                    if opens_tunnel(route):
                        continue  # policy 58 asks where to
                    found = _of_route(route, checks)
                    yield from (f"route {number} of virtual host {host} {problem}" for problem in found)


def _checks(manager: Json) -> dict[str, str]:
    """The filters that decide over a call, by name."""
    named = {str(entry.get("name")): filter_kind(entry) for entry in manager.get("http_filters") or []}
    return {name: kind for name, kind in named.items() if kind in (*_CALLER, *_BODY)}


def _of_route(route: Json, checks: dict[str, str]) -> Iterator[str]:
    if not route.get("route"):
        status = int((route.get("direct_response") or {}).get("status", _FIRST_REFUSAL))
        if status < _FIRST_REFUSAL:
            yield "answers in Pictory's place"
        return
    match = route.get("match") or {}
    conditions: dict[str, list[Any]] = {}
    for header in match.get("headers") or []:
        if header.get("invert_match") is True:
            continue
        if (header.get("string_match") or {}).get("contains") == "?":
            yield "takes query strings that the operation does not have"
        conditions.setdefault(str(header.get("name")), []).append(header.get("string_match") or {})
    if not methods(route):
        yield "takes every method"
    if not _names_a_path(match, conditions.get(":path", [])):
        yield "takes every path"
    for name, settings in (route.get("typed_per_filter_config") or {}).items():
        without_body = checks.get(name) in _BODY and (
            body_kind(route) == _OCTETS or (bool(methods(route)) and methods(route) <= _WITHOUT_BODY)
        )
        if name in checks and settings.get("disabled") is True and not without_body:
            yield f"switches {name} off"


def _names_a_path(match: Json, conditions: list[Any]) -> bool:
    if match.get("path") or any(condition.get("exact") for condition in conditions):
        return True
    regexes = [holder.get("safe_regex", {}).get("regex") for holder in (match, *conditions)]
    return any(regex and not re.compile(regex).fullmatch(_ANY_PATH) for regex in regexes)


POLICY = Policy(
    number=115,
    title="Each of Envoy's routes to Pictory is one method on one path, with every check on",
    severity=Severity.CRITICAL,
    practice=Practice.LEAST_PRIVILEGE,
    types=TASK,
    why="What a route takes is what a grant gives: a method too many deletes what a caller may only read.",
    remedy='Give each route an exact ":method", and path, safe_regex or a ":path" matcher; switch only filters off '
    "that read bodies, where there are none.",
    judge=judge,
    owasp=("API5:2023",),
)
