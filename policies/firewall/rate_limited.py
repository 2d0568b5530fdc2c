"""A web ACL stops whoever calls too often."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import is_set
from ._rules import block, rules, statements

_BY_ADDRESS = ("IP", "FORWARDED_IP")
_BY_CREDENTIAL = ("CUSTOM_KEYS",)
_WINDOW = 300
_MOST = 100_000
"""Requests in five minutes: 333 a second, more than any account of Pictory takes."""


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    limits = [
        limit
        for rule in rules(resource)
        if is_set(block(rule.get("action")).get("block"))
        for limit in statements(rule, "rate_based_statement")
    ]
    for kinds, what in ((_BY_ADDRESS, "address"), (_BY_CREDENTIAL, "credential")):
        of_kind = [limit for limit in limits if (limit.get("aggregate_key_type") or "IP") in kinds]
        if not of_kind:
            yield f"has no rule that blocks by rate for each {what}"
        elif min(map(_rate, of_kind)) > _MOST:
            yield f"blocks one {what} above {min(map(_rate, of_kind)):.0f} requests in five minutes only"


def _rate(limit: Mapping[str, Any]) -> float:
    return int(limit.get("limit") or 0) * _WINDOW / int(limit.get("evaluation_window_sec") or _WINDOW)


POLICY = Policy(
    number=45,
    title="Web ACLs block callers above a rate, by address and by credential",
    severity=Severity.HIGH,
    practice=Practice.WAF,
    types=("aws_wafv2_web_acl",),
    why="One program in a loop spends the company's Pictory quota, or keeps every other program out.",
    remedy="Add rules with rate_based_statement, per address and per credential, whose action is block.",
    judge=judge,
    owasp=("API4:2023", "API6:2023"),
)
