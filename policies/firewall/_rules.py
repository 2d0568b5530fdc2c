"""The rules of a web ACL, read from blocks or from ``rule_json``."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..stack.resource import Resource
from ..stack.values import is_set, known, parse_json


def rules(resource: Resource) -> list[Mapping[str, Any]]:
    """The rules, as blocks with Terraform's keys."""
    text = resource.get("rule_json")
    if text is None:
        return resource.blocks("rule")
    return [_snake(rule) for rule in known(parse_json(text, "rule_json"), "rule_json")]


def block(value: Any) -> Mapping[str, Any]:
    """One block, given as such, as a list of one, or not at all."""
    if isinstance(value, list):
        return value[0] if value else {}
    return value if isinstance(value, Mapping) else {}


def statements(rule: Any, kind: str) -> Iterator[Mapping[str, Any]]:
    """Every statement of ``kind`` in ``rule``, at any depth."""
    if isinstance(rule, list):
        for item in rule:
            yield from statements(item, kind)
    elif isinstance(rule, Mapping):
        for key, value in rule.items():
            if key == kind and is_set(value):
                yield block(value)
            yield from statements(value, kind)


def labels_matched(rule: Mapping[str, Any]) -> list[str]:
    """The labels that ``rule`` reads from earlier rules."""
    return [str(found.get("key")) for found in statements(rule, "label_match_statement")]


def _snake(value: Any) -> Any:
    if isinstance(value, list):
        return [_snake(item) for item in value]
    if isinstance(value, Mapping):
        return {_snake_key(key): _snake(inner) for key, inner in value.items()}
    return value


def _snake_key(key: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() and index else c.lower() for index, c in enumerate(key))
