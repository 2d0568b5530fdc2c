"""A web ACL stops what AWS knows to be hostile."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._rules import rules, statements

_GROUPS = (
    "AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesAnonymousIpList",
)  # fmt: skip


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    present = {
        str(group.get("name")) for group in statements(rules(resource), "managed_rule_group_statement")
    }
    if missing := [name for name in _GROUPS if name not in present]:
        yield f"has no {', '.join(missing)}"


POLICY = Policy(
    number=48,
    title="Web ACLs have AWS's rules against known attacks and addresses",
    severity=Severity.MEDIUM,
    practice=Practice.WAF,
    types=("aws_wafv2_web_acl",),
    why="New attacks on parsers are in these groups within hours; nobody writes a rule of their own as fast.",
    remedy="Add rules with managed_rule_group_statement for the common rules, known bad inputs, and AWS's "
    "two address lists.",
    judge=judge,
    owasp=("API8:2023",),
)
