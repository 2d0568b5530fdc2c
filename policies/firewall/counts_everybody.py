"""Who sends no credential is not left uncounted."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import is_set
from ._rules import block, rules, statements


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    found = rules(resource)
    needed = set(_demanded(found))
    for rule in found:
        for limit in statements(rule, "rate_based_statement"):
            for header in sorted(_names(limit.get("custom_key"), "header") - needed):
                yield f"rule {rule.get('name')!r} does not count requests without {header}, and no rule blocks them"


def _demanded(found: list[Mapping[str, Any]]) -> Iterator[str]:
    """The headers without which a request is blocked."""
    for rule in found:
        if is_set(block(rule.get("action")).get("block")):
            for refused in statements(rule, "not_statement"):
                yield from _names(refused, "single_header")


def _names(value: Any, kind: str) -> set[str]:
    return {str(header.get("name")).lower() for header in statements(value, kind) if header.get("name")}


POLICY = Policy(
    number=49,
    title="Web ACLs block requests that a rate rule would not count",
    severity=Severity.HIGH,
    practice=Practice.WAF,
    types=("aws_wafv2_web_acl",),
    why="AWS WAF counts by a header only those requests that have it: to leave it out is to be unlimited.",
    remedy="Before the rate rule, block by a not_statement whose size_constraint_statement asks for the "
    "header.",
    judge=judge,
    owasp=("API2:2023", "API4:2023"),
)
