"""The rules of a web ACL, read from blocks or from ``rule_json``."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..stack.resource import Resource
from ..stack.values import NotKnownError, Unknown, is_set, parse_json

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OTHERWISE = {
    "cloud_watch_metrics_enabled": "cloudwatch_metrics_enabled", "statements": "statement", "rule_labels": "rule_label",
    "rule_action_overrides": "rule_action_override", "custom_keys": "custom_key",
    "text_transformations": "text_transformation",
}  # fmt: skip
"""Words of AWS's that Terraform has another one for."""


def rules(resource: Resource) -> list[Mapping[str, Any]]:
    """The rules, as blocks with Terraform's keys."""
    text = resource.get("rule_json")
    if text is None:
        return resource.blocks("rule")
    return [_snake(rule) for rule in parse_json(text, "rule_json")]


def block(value: Any) -> Mapping[str, Any]:
    """One block, given as such, as a list of one, or not at all.

    Raises
    ------
    NotKnownError
        Whether there is one comes later.
    """
    if isinstance(value, Unknown):
        raise NotKnownError("a block of a rule", value)
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
            elif isinstance(value, Unknown) and key.endswith("statement"):
                raise NotKnownError(key, value)
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
    words = _WORD.sub("_", key).lower()
    return _OTHERWISE.get(words, words)
