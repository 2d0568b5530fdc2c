"""A route that leads to Pictory is one operation."""

import re
from collections.abc import Iterator
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import known
from ._containers import TASK
from ._envoy import Json, body_kind, bootstraps, filter_kind, managers, methods, opens_tunnel, routes

_ANY_PATH = "/no/such/operation"
# What a route that answers by itself must not switch off: who asks, whether the credential still counts, how often.
_OF_ANSWERS = ("JwtAuthentication", "LocalRateLimit", "ExtensionWithMatcher")
# The buffer among them: behind it every body has a length, by which one that does not belong is refused.
_ALWAYS = ("JwtAuthentication", "RBAC", "LocalRateLimit", "ExtensionWithMatcher", "Buffer")
_BODY = ("ExtAuthz", "ExternalProcessor")
_WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
_OCTETS = "application/octet-stream"
_FIRST_REFUSAL = 400


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for _, bootstrap in bootstraps(resource):
        for manager in managers(bootstrap):
            checks = _checks(manager)
            yield from _of_all(manager, checks)
            for host, of_host in routes(manager):
                for number, route in enumerate(of_host):
                    # Policy 58 asks where a tunnel leads to.
                    found = [] if opens_tunnel(route) else _of_route(route, manager, checks)
                    found = [*found, *_off(route, checks)]
                    yield from (f"route {number} of virtual host {host} {problem}" for problem in found)


def _checks(manager: Json) -> dict[str, str]:
    """The filters that decide over a call, by name."""
    named = {str(entry.get("name")): _kind(entry) for entry in manager.get("http_filters") or []}
    return {name: kind for name, kind in named.items() if kind in (*_ALWAYS, *_BODY)}


def _kind(entry: Json) -> str:
    """The kind of a filter, also of one that is read from a file while Envoy runs."""
    found = (entry.get("config_discovery") or {}).get("type_urls") or [""]
    return filter_kind(entry) or str(found[0]).rpartition(".")[2]


def _of_all(manager: Json, checks: dict[str, str]) -> Iterator[str]:
    """What is switched off for all routes of a virtual host, or of a listener."""
    config = manager.get("route_config") or {}
    for name, place in [
        ("its routes", config),
        *((f"virtual host {h.get('name')}", h) for h in config.get("virtual_hosts") or []),
    ]:
        for check in _disabled(place):
            if check in checks:
                yield f"{name}: {check} is switched off"


def _disabled(place: Json) -> list[str]:
    own = place.get("typed_per_filter_config") or {}
    return [str(name) for name, settings in own.items() if settings.get("disabled") is True]


def _off(route: Json, checks: dict[str, str]) -> Iterator[str]:
    if not route.get("route"):
        return
    for name in _disabled(route):
        without_body = checks.get(name) in _BODY and (
            body_kind(route) == _OCTETS or (bool(methods(route)) and methods(route) <= _WITHOUT_BODY)
        )
        if name in checks and not without_body:
            yield f"switches {name} off"


def _of_route(route: Json, manager: Json, checks: dict[str, str]) -> Iterator[str]:
    if not route.get("route"):
        status = int((route.get("direct_response") or {}).get("status", _FIRST_REFUSAL))
        if status < _FIRST_REFUSAL and not _answers_known_callers(route, manager, checks):
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


def _answers_known_callers(route: Json, manager: Json, checks: dict[str, str]) -> bool:
    """Whether a route that answers by itself does so at one path, by one method, to callers who were verified."""
    off = set(_disabled(route))
    read_from_files = {
        str(entry.get("name")) for entry in manager.get("http_filters") or [] if entry.get("config_discovery")
    }
    verified = "JwtAuthentication" in checks.values() and not any(
        checks.get(name) in _OF_ANSWERS or name in read_from_files for name in off
    )
    return verified and bool((route.get("match") or {}).get("path")) and len(methods(route)) == 1


def _names_a_path(match: Json, conditions: list[Any]) -> bool:
    if match.get("path") or any(condition.get("exact") for condition in conditions):
        return True
    regexes = [holder.get("safe_regex", {}).get("regex") for holder in (match, *conditions)]
    return any(regex and not re.compile(regex).fullmatch(_ANY_PATH) for regex in known(regexes, "safe_regex"))


POLICY = Policy(
    number=115,
    title="Each of Envoy's routes to Pictory is one method on one path, with every check on",
    severity=Severity.CRITICAL,
    practice=Practice.LEAST_PRIVILEGE,
    types=TASK,
    why="What a route takes is what a grant gives: a method too many deletes what a caller may only read.",
    remedy='Give each route an exact ":method", and path, safe_regex or a ":path" matcher; switch only filters off '
    "that look into bodies, where there are none.",
    judge=judge,
    owasp=("API5:2023",),
)
