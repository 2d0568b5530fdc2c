"""What Envoy's access control says to a request: its rules are evaluated, whatever form they have.

A rule that cannot be evaluated here (CEL, the caller's identity, a name in TLS) is neither true nor false.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..stack.values import known
from ._envoy import Json, filter_kind, filters

_ALLOW, _DENY = ("ALLOW", 0), ("DENY", 1)


@dataclass(frozen=True)
class Request:
    """Headers by name, and the metadata of its route by key."""

    headers: Mapping[str, str]
    metadata: Mapping[str, str] = field(default_factory=dict)


def is_refused(manager: Json, request: Request) -> bool:
    """Whether an access control filter before the router refuses ``request``, for certain."""
    for entry in filters(manager):
        kind = filter_kind(entry)
        if kind == "Router":
            return False
        rules = (entry.get("typed_config") or {}).get("rules")
        if kind != "RBAC" or not rules:
            continue
        action = rules.get("action", "ALLOW")
        matched = _any(_policy(policy, request) for policy in (rules.get("policies") or {}).values())
        if (action in _ALLOW and matched is False) or (action in _DENY and matched is True):
            return True
    return False


def _policy(policy: Json, request: Request) -> bool | None:
    if policy.get("condition") or policy.get("checked_condition"):
        return None
    of_all = {"any": True} in (policy.get("principals") or [])
    matched = _any(_rule(rule, request) for rule in policy.get("permissions") or [])
    return matched if of_all or matched is False else None


def _rule(rule: Any, request: Request) -> bool | None:
    if not isinstance(rule, dict) or len(rule) != 1:
        return None
    ((kind, value),) = rule.items()
    match kind:
        case "any":
            return bool(value)
        case "and_rules":
            return _all(_rule(inner, request) for inner in value.get("rules") or [])
        case "or_rules":
            return _any(_rule(inner, request) for inner in value.get("rules") or [])
        case "not_rule":
            return _not(_rule(value, request))
        case "header":
            return _header(value, request)
        case "sourced_metadata" if value.get("metadata_source") == "ROUTE":
            return _metadata(value.get("metadata_matcher") or {}, request)
    return None


def _header(matcher: Json, request: Request) -> bool | None:
    value = request.headers.get(str(matcher.get("name")))
    if "present_match" in matcher:
        matched: bool | None = (value is not None) is matcher["present_match"]
    elif value is None:
        return None
    else:
        matched = _text(matcher.get("string_match"), value)
    return _not(matched) if matcher.get("invert_match") is True else matched


def _metadata(matcher: Json, request: Request) -> bool | None:
    keys = [str(segment.get("key")) for segment in matcher.get("path") or []]
    if len(keys) != 1 or matcher.get("invert") is True:
        return None
    value = request.metadata.get(keys[0])
    return False if value is None else _text((matcher.get("value") or {}).get("string_match"), value)


def _text(matcher: Json | None, value: str) -> bool | None:
    """What a string matcher says of ``value``; None of a form that is not read here."""
    if not matcher or set(matcher) - {"ignore_case"} == set():
        return None
    if matcher.get("ignore_case") is True:
        value = value.lower()
        matcher = {key: part.lower() if isinstance(part, str) else part for key, part in matcher.items()}
    if "exact" in matcher:
        return bool(value == matcher["exact"])
    if "safe_regex" in matcher:
        try:
            return (
                re.fullmatch(str(known(matcher["safe_regex"].get("regex"), "safe_regex")), value) is not None
            )
        except re.error:
            return None
    tests = {"prefix": value.startswith, "suffix": value.endswith, "contains": value.__contains__}
    for kind, holds in tests.items():
        if kind in matcher:
            return bool(holds(str(matcher[kind])))
    return None


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _any(values: Iterable[bool | None]) -> bool | None:
    found = list(values)
    return True if True in found else None if None in found else False


def _all(values: Iterable[bool | None]) -> bool | None:
    found = list(values)
    return False if False in found else None if None in found else True
