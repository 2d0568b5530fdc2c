"""Every call is made by somebody, and proved."""

import re
from collections.abc import Iterator
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import Json, bootstraps, filter_kind, filters, opens_tunnel, public_managers, routes
from ._lookups import lookup_problems

_JWT, _RBAC, _ROUTER = "JwtAuthentication", "RBAC", "Router"
_OPEN = ("allow_missing", "allow_missing_or_failed")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, bootstrap in bootstraps(resource):
        for manager in public_managers(bootstrap):
            yield from (f"container {name} {problem}" for problem in _problems(manager))


def _problems(manager: Json) -> Iterator[str]:
    active = filters(manager)
    kinds = [filter_kind(entry) for entry in active]
    if _JWT not in kinds:
        yield "asks callers for no token"
    elif not any(_grants(entry) for entry in active[kinds.index(_JWT) :]):
        yield "does not check what a caller is granted"
    for entry in active:
        config = entry.get("typed_config") or {}
        if filter_kind(entry) == _JWT:
            yield from _token_problems(config)
            if _takes_tunnels(manager) and not any(
                _is_for_connect(rule) for rule in config.get("rules") or []
            ):
                yield "asks for no token at CONNECT, which has no path (connect_matcher)"
        elif filter_kind(entry) == _RBAC and "matcher" in config:
            # Rules beside it count for nothing.
            yield from lookup_problems(config["matcher"])
        elif filter_kind(entry) == _RBAC:
            yield from _grant_problems(config.get("rules"))


def _grants(entry: Json) -> bool:
    """Whether a filter lets through what it names, rather than refuse what it names."""
    if filter_kind(entry) != _RBAC:
        return False
    config = entry["typed_config"]
    return "matcher" in config or (config.get("rules") or {}).get("action", "ALLOW") not in ("DENY", 1)


def _takes_tunnels(manager: Json) -> bool:
    return any(opens_tunnel(route) for _, of_host in routes(manager) for route in of_host)


def _is_for_connect(rule: Json) -> bool:
    return "connect_matcher" in (rule.get("match") or {}) and bool(rule.get("requires"))


def _token_problems(config: Json) -> Iterator[str]:
    if any(_mentions(config.get("rules"), word) for word in _OPEN):
        yield "takes calls without a valid token (allow_missing)"
    rules = config.get("rules") or []
    if not any((rule.get("match") or {}).get("prefix") == "/" and rule.get("requires") for rule in rules):
        yield "asks for a token on some paths only"
    if any(not rule.get("requires") and not rule.get("requirement_name") for rule in rules):
        yield "has paths for which no token is asked"
    for provider, settings in (config.get("providers") or {}).items():
        if not settings.get("issuer") or not settings.get("audiences"):
            yield f"takes tokens of {provider} that were made for something else (issuer or audiences missing)"


def _grant_problems(rules: Json | None) -> Iterator[str]:
    if rules is None:
        yield "grants everything: an RBAC filter has no rules"
        return
    if rules.get("action", "ALLOW") == "LOG":
        yield "refuses nothing: an RBAC filter only logs"
    if rules.get("action", "ALLOW") != "ALLOW":
        return
    for name, policy in (rules.get("policies") or {}).items():
        if _takes_anything(policy.get("permissions")):
            yield f"grants every operation by {name}"
        if _takes_anything(policy.get("principals")):
            yield f"grants to everybody by {name}"


def _takes_anything(rules: list[Any] | None) -> bool:
    """Whether one of the alternatives is for all, outright or by a pattern that fits any word."""
    return {"any": True} in (rules or []) or any(
        re.compile(regex).fullmatch("no.such-word_1") for rule in rules or [] for regex in _regexes(rule)
    )


def _regexes(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "not_rule" in value or "not_id" in value:
            return
        if isinstance(value.get("regex"), str):
            yield value["regex"]
        for inner in value.values():
            yield from _regexes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _regexes(inner)


def _mentions(value: Any, word: str) -> bool:
    if isinstance(value, dict):
        return word in value or any(_mentions(inner, word) for inner in value.values())
    return isinstance(value, list) and any(_mentions(inner, word) for inner in value)


POLICY = Policy(
    number=36,
    title="Envoy verifies a token on every path, then what its holder is granted",
    severity=Severity.CRITICAL,
    practice=Practice.AUTHENTICATION,
    types=TASK,
    why="Behind the gateway every call carries the company's key: it is the last place that can tell callers apart.",
    remedy='Put jwt_authn with a rule for prefix "/" and an RBAC filter of action ALLOW before the router; give each '
    "provider issuer and audiences.",
    judge=judge,
    owasp=("API2:2023", "API5:2023"),
)
