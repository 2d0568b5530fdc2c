"""A web ACL stops whoever calls too often."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import is_set
from ._rules import block, rules, statements


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    limited = [
        rule
        for rule in rules(resource)
        if any(statements(rule, "rate_based_statement")) and is_set(block(rule.get("action")).get("block"))
    ]
    if not limited:
        yield "has no rule that blocks by rate"


POLICY = Policy(
    number=45,
    title="Web ACLs block callers above a rate",
    severity=Severity.HIGH,
    practice=Practice.WAF,
    types=("aws_wafv2_web_acl",),
    why="One program in a loop spends the company's Pictory quota, or keeps every other program out.",
    remedy="Add a rule with rate_based_statement, per address and per credential, whose action is block.",
    judge=judge,
    owasp=("API4:2023", "API6:2023"),
)
