"""Small builders of AWS WAF statements.

They are plain dicts with Terraform's snake_case keys, which nothing checks before a plan does: every key is
written here, once.
"""

from typing import Any, Final, Literal

Statement = dict[str, Any]
Field = dict[str, Any]

METHOD: Final[Field] = {"method": {}}
URI_PATH: Final[Field] = {"uri_path": {}}
# More than WAF can read of the headers counts as a match, so that nothing hides behind the limit.
HEADER_NAMES: Final[Field] = {
    "headers": {"match_pattern": {"all": {}}, "match_scope": "KEY", "oversize_handling": "MATCH"}
}

RATE_WINDOW_SECONDS: Final = 300

Transformation = Literal["NONE", "LOWERCASE"]
Position = Literal["EXACTLY", "STARTS_WITH"]
Comparison = Literal["EQ", "NE", "LT", "LE", "GT", "GE"]


def header(name: str) -> Field:
    """The value of one header; ``name`` in lower case."""
    return {"single_header": {"name": name}}


def text_match(
    field: Field, value: str, *, position: Position = "EXACTLY", transformation: Transformation = "NONE"
) -> Statement:
    """True when ``field``, transformed, equals or starts with ``value``."""
    return {
        "byte_match_statement": {
            "field_to_match": field,
            "positional_constraint": position,
            "search_string": value,
            "text_transformation": _transformation(transformation),
        }
    }


def regex_match(field: Field, pattern: str) -> Statement:
    """True when ``pattern`` is found in ``field`` as it came; anchor it to match the whole."""
    return {
        "regex_match_statement": {
            "field_to_match": field,
            "regex_string": pattern,
            "text_transformation": _transformation("NONE"),
        }
    }


def size(field: Field, comparison: Comparison, size_bytes: int) -> Statement:
    """True when the size of ``field``, as far as WAF receives it, compares so to ``size_bytes``."""
    return {
        "size_constraint_statement": {
            "field_to_match": field,
            "comparison_operator": comparison,
            "size": size_bytes,
            "text_transformation": _transformation("NONE"),
        }
    }


def in_ip_set(arn: str) -> Statement:
    """True when the source address is in the set."""
    return {"ip_set_reference_statement": {"arn": arn}}


def has_label(key: str) -> Statement:
    """True when an earlier rule gave the request this label."""
    return {"label_match_statement": {"scope": "LABEL", "key": key}}


def any_of(*statements: Statement) -> Statement:
    """True when one of ``statements`` is; WAF wants two at least, so that one stands for itself."""
    return statements[0] if len(statements) == 1 else {"or_statement": {"statement": list(statements)}}


def all_of(*statements: Statement) -> Statement:
    """True when all ``statements`` are."""
    return statements[0] if len(statements) == 1 else {"and_statement": {"statement": list(statements)}}


def negate(statement: Statement) -> Statement:
    """True when ``statement`` is not."""
    return {"not_statement": {"statement": [statement]}}


def rate_by_address(limit: int) -> Statement:
    """True for a source address once it has sent more than ``limit`` requests in five minutes."""
    return {
        "rate_based_statement": {
            "aggregate_key_type": "IP",
            "evaluation_window_sec": RATE_WINDOW_SECONDS,
            "limit": limit,
        }
    }


def rate_by_header(limit: int, name: str) -> Statement:
    """True for a value of a header once it came with more than ``limit`` requests in five minutes.

    Requests without the header are not counted: refuse them in a rule before this one.
    """
    return {
        "rate_based_statement": {
            "aggregate_key_type": "CUSTOM_KEYS",
            "evaluation_window_sec": RATE_WINDOW_SECONDS,
            "limit": limit,
            "custom_key": [{"header": {"name": name, "text_transformation": _transformation("NONE")}}],
        }
    }


def managed_group(name: str, *, counted_rules: tuple[str, ...] = ()) -> Statement:
    """True when AWS's managed rule group ``name`` blocks; ``counted_rules`` of it only label the request."""
    statement: dict[str, Any] = {"vendor_name": "AWS", "name": name}
    if counted_rules:
        statement["rule_action_override"] = [
            {"name": rule, "action_to_use": {"count": {}}} for rule in counted_rules
        ]
    return {"managed_rule_group_statement": statement}


def _transformation(kind: Transformation) -> list[dict[str, Any]]:
    return [{"priority": 0, "type": kind}]
