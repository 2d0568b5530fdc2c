"""A request's size has an end."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import is_set
from ._rules import block, rules, statements


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if not any(
        is_set(block(rule.get("action")).get("block")) and _is_by_size(rule) for rule in rules(resource)
    ):
        yield "blocks no request for its size"


def _is_by_size(rule: Mapping[str, Any]) -> bool:
    named = {str(header.get("name")).lower() for header in statements(rule, "single_header")}
    sized = [
        s
        for s in statements(rule, "size_constraint_statement")
        if is_set(block(s.get("field_to_match")).get("body"))
    ]
    return "content-length" in named or bool(sized)


POLICY = Policy(
    number=109,
    title="Web ACLs block requests above a size",
    severity=Severity.MEDIUM,
    practice=Practice.WAF,
    types=("aws_wafv2_web_acl",),
    why="Behind a load balancer AWS WAF inspects the first 8 KB: what is larger passes unread, at any "
    "length.",
    remedy="Block by content-length above the largest body that the API takes.",
    judge=judge,
    owasp=("API4:2023",),
)
