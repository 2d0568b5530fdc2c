"""What leaves a security group leaves by TCP 443."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import known
from ._rules import everywhere, ports, protocol, ranges, rules


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for way, rule in rules(resource):
        if way == "in" or not everywhere(ranges(rule)):
            continue
        named = protocol(rule)
        opened = known(ports(rule), "ports")
        if named not in ("tcp", "6") or [str(port) for port in opened] != ["443", "443"]:
            yield f"lets out protocol {named}, ports {opened[0]} to {opened[1]}, to every address"


POLICY = Policy(
    number=1,
    title="Security groups let out nothing but TCP 443 to the internet",
    severity=Severity.CRITICAL,
    practice=Practice.ADDRESSES,
    types=("aws_security_group", "aws_security_group_rule", "aws_vpc_security_group_egress_rule"),
    why="Any other way out carries data past the gateway: DNS tunnels, mail, plain HTTP.",
    remedy="Give each egress rule a protocol, one port and a security group or prefix list; to the internet only "
    "tcp 443.",
    judge=judge,
    owasp=("API7:2023", "API8:2023"),
)
