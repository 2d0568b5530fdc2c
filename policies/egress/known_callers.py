"""Whoever connects comes from an address that was named."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._rules import everywhere, ranges, rules


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for way, rule in rules(resource):
        if way == "in" and (found := everywhere(ranges(rule))):
            yield f"lets in every address ({', '.join(sorted(found))})"


POLICY = Policy(
    number=10,
    title="Security groups let in named addresses only",
    severity=Severity.CRITICAL,
    practice=Practice.ADDRESSES,
    types=("aws_security_group", "aws_security_group_rule", "aws_vpc_security_group_ingress_rule"),
    why="The firewall and the gateway are for callers of the company; a stranger should not reach their parsers.",
    remedy="Give each ingress rule the callers' ranges (cidr_ipv4), a security group or a prefix list.",
    judge=judge,
    fsbp=("EC2.18",),
    cis=("5.2",),
    owasp=("API8:2023",),
)
