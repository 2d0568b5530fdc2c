"""What rules cost in web ACL capacity units (WCU), by the prices that AWS documents for each statement."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pictory_egress.firewall.defaults import MANAGED_GROUPS

_TEXT_MATCH: Final[dict[str, int]] = {
    "EXACTLY": 2,
    "STARTS_WITH": 2,
    "ENDS_WITH": 2,
    "CONTAINS": 10,
    "CONTAINS_WORD": 10,
}
_BASE: Final[dict[str, int]] = {
    "ip_set_reference_statement": 1,
    "label_match_statement": 1,
    "size_constraint_statement": 1,
    "regex_match_statement": 3,
}
_NESTING: Final = ("and_statement", "or_statement", "not_statement")
_RATE: Final = 2
_RATE_CUSTOM_KEY: Final = 30
_TRANSFORMATION: Final = 10
_GROUPS: Final[dict[str, int]] = {group.name: group.capacity for group in MANAGED_GROUPS}


def capacity(rules: Iterable[Mapping[str, Any]]) -> int:
    """WCU of ``rules`` together.

    An upper bound: AWS charges a transformation of the same field once only, however often it is used.

    Raises
    ------
    KeyError
        A statement, or a managed group, has no price here.
    """
    return sum(_statement(rule["statement"]) for rule in rules)


def _statement(statement: Mapping[str, Any]) -> int:
    ((kind, body),) = statement.items()
    if kind in _NESTING:
        return sum(_statement(nested) for nested in body["statement"])
    if kind == "managed_rule_group_statement":
        return _GROUPS[body["name"]]
    if kind == "rate_based_statement":
        keys = body.get("custom_key", [])
        return _RATE + sum(
            _RATE_CUSTOM_KEY + _transformations(field) for key in keys for field in key.values()
        )
    if kind == "byte_match_statement":
        return _TEXT_MATCH[body["positional_constraint"]] + _transformations(body)
    return _BASE[kind] + _transformations(body)


def _transformations(body: Mapping[str, Any]) -> int:
    """NONE is free: it stands where AWS asks for a transformation and none is wanted."""
    kinds = [transformation["type"] for transformation in body.get("text_transformation", [])]
    return _TRANSFORMATION * sum(1 for kind in kinds if kind != "NONE")
