"""What leaves a security group leaves by TCP 443."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import known

_EVERYWHERE = {"0.0.0.0/0", "::/0"}


def _ranges(rule: Mapping[str, Any]) -> list[Any]:
    single = [rule.get("cidr_ipv4"), rule.get("cidr_ipv6")]
    return [
        value
        for value in [*single, *(rule.get("cidr_blocks") or []), *(rule.get("ipv6_cidr_blocks") or [])]
        if value
    ]


def _rules(resource: Resource) -> list[Mapping[str, Any]]:
    if resource.type == "aws_security_group":
        return resource.blocks("egress")
    if resource.type == "aws_security_group_rule" and resource.known("type") != "egress":
        return []
    return [resource.values]


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for rule in _rules(resource):
        if not _EVERYWHERE & set(known(_ranges(rule), "cidr")):
            continue
        protocol = str(known(rule.get("ip_protocol", rule.get("protocol")), "protocol"))
        ports = known([rule.get("from_port"), rule.get("to_port")], "ports")
        if protocol not in ("tcp", "6") or [str(port) for port in ports] != ["443", "443"]:
            yield f"lets out protocol {protocol}, ports {ports[0]} to {ports[1]}, to every address"


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
