"""The rules of security groups, written inside of the group or as resources of their own."""

import contextlib
import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ..stack.resource import Resource
from ..stack.values import known

RULES: Final = (
    "aws_security_group_rule", "aws_vpc_security_group_egress_rule", "aws_vpc_security_group_ingress_rule",
)  # fmt: skip
GROUPS: Final = ("aws_security_group", *RULES)
_OWN: Final = {4: 8, 6: 16}
"""Prefixes of the widest ranges that anybody has for himself. Two halves of everything are everything too."""

Rule = Mapping[str, Any]


def rules(resource: Resource) -> Iterator[tuple[str, Rule]]:
    """Each rule of a resource of ``GROUPS``, with its way: ``in`` or ``out``."""
    if resource.type == "aws_security_group":
        yield from (("in", rule) for rule in resource.blocks("ingress"))
        yield from (("out", rule) for rule in resource.blocks("egress"))
    elif resource.type == "aws_security_group_rule":
        yield "in" if resource.known("type") == "ingress" else "out", resource.values
    else:
        yield "in" if "ingress" in resource.type else "out", resource.values


def ranges(rule: Rule) -> set[str]:
    """The address ranges at the other end; security groups and prefix lists are none."""
    single = [rule.get("cidr_ipv4"), rule.get("cidr_ipv6")]
    several = [*(rule.get("cidr_blocks") or []), *(rule.get("ipv6_cidr_blocks") or [])]
    return set(known([value for value in [*single, *several] if value], "cidr"))


def everywhere(values: Iterable[object]) -> set[str]:
    """Those of some address ranges that are wider than anybody's own."""
    found = set()
    for value in values:
        with contextlib.suppress(ValueError):
            network = ipaddress.ip_network(str(value), strict=False)
            if network.prefixlen < _OWN[network.version]:
                found.add(str(value))
    return found


def protocol(rule: Rule) -> str:
    """The protocol, ``-1`` for all."""
    return str(known(rule.get("ip_protocol", rule.get("protocol")), "protocol"))


def ports(rule: Rule) -> list[Any]:
    """First and last port."""
    return [rule.get("from_port"), rule.get("to_port")]
