"""Envoy's matchers that look a value up: who is found gets what stands there, and who is not, what stands beside it."""

from collections.abc import Iterable, Iterator
from typing import Any

from ._envoy_source import Json

_DENY = ("DENY", 1)


def lookup_problems(matcher: Json) -> Iterator[str]:
    """What makes an access control filter let somebody through of whom it found nothing."""
    if not matcher:
        return
    for inner in _matchers(matcher):
        if _allows(inner.get("on_no_match") or {}):
            yield "grants to whoever it does not find (on_no_match)"
        tree = inner.get("matcher_tree") or {}
        if "" in ((tree.get("prefix_match_map") or {}).get("map") or {}):
            yield "grants to everybody (an empty prefix)"
        for listed in (inner.get("matcher_list") or {}).get("matchers") or []:
            if _allows(listed.get("on_match") or {}) and "not_matcher" in (listed.get("predicate") or {}):
                yield "grants to all but some (not_matcher)"


def _matchers(value: Any) -> Iterator[Json]:
    """``value``, which is a matcher, and every one below it."""
    if isinstance(value, dict):
        if {"matcher_tree", "matcher_list", "on_no_match"} & set(value):
            yield value
        for inner in value.values():
            yield from _matchers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _matchers(inner)


def _allows(on_match: Json) -> bool:
    action = (on_match.get("action") or {}).get("typed_config")
    return action is not None and action.get("action", "ALLOW") not in _DENY


def looked_up(matchers: Iterable[Json]) -> set[tuple[str, str]]:
    """Whom ``matchers`` look up first: keys of Envoy's filter state, each with a value that is found."""
    found: set[tuple[str, str]] = set()
    pending = list(matchers)
    while pending:
        matcher = pending.pop()
        tree = matcher.get("matcher_tree") or {}
        entries = (tree.get("exact_match_map") or {}).get("map") or {}
        key = ((tree.get("input") or {}).get("typed_config") or {}).get("key")
        if key:
            found |= {(str(key), str(value)) for value in entries}
        else:
            pending += [entry.get("matcher") or {} for entry in entries.values()]
        pending += [inner] if (inner := (matcher.get("on_no_match") or {}).get("matcher")) else []
    return found
