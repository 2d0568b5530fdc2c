"""A security group's rule opens one port, of one protocol."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import known
from ._rules import GROUPS, ports, protocol, rules

_EVERY_PROTOCOL = ("-1", "all")
_WITH_PORTS = ("tcp", "udp", "6", "17")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for way, rule in rules(resource):
        if protocol(rule) in _EVERY_PROTOCOL:
            yield f"lets {way} every protocol"
        elif protocol(rule) in _WITH_PORTS:
            first, last = known(ports(rule), "ports")
            if first != last:
                yield f"lets {way} the ports {first} to {last}"


POLICY = Policy(
    number=9,
    title="Security group rules open one port of one protocol",
    severity=Severity.MEDIUM,
    practice=Practice.LEAST_PRIVILEGE,
    types=GROUPS,
    why="Between two groups of one company everything is often open: that is how an intruder gets from one to all.",
    remedy="Write one rule a port, with ip_protocol, and from_port equal to to_port.",
    judge=judge,
    owasp=("API8:2023",),
)
