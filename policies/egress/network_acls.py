"""Each subnet has a network ACL that names what may pass."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import known
from ._rules import everywhere

_ACL = "aws_network_acl"
_WORDS = {"egress": "out", "ingress": "in"}
_HTTPS = 443
_FIRST_OF_ANSWERS = 1024
_REMOTE_DESKTOP = 3389


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    acls = stack.linking(resource, "subnet_ids", types=(_ACL,))
    for association in stack.linking(resource, "subnet_id", types=("aws_network_acl_association",)):
        acls += stack.linked(association, "network_acl_id", types=(_ACL,))
    if not acls:
        yield "falls to the VPC's default network ACL"
    for acl in acls:
        for way, rule in _rules(acl, stack):
            if known(rule.get("action", rule.get("rule_action")), "action") == "allow" and (
                what := _too_much(rule, way)
            ):
                yield f"{acl.address} lets {_WORDS[way]} {what}, {'to' if way == 'egress' else 'from'} every address"


def _rules(acl: Resource, stack: Stack) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each rule with its way: those inside of the list, and those that are resources of their own."""
    for way in _WORDS:
        yield from ((way, rule) for rule in acl.blocks(way))
    for rule in stack.linking(acl, "network_acl_id", types=("aws_network_acl_rule",)):
        yield "egress" if rule.known("egress") is True else "ingress", rule.values


def _too_much(rule: Mapping[str, Any], way: str) -> str:
    """What a rule for every address lets pass beside HTTPS and answers; empty when that is all."""
    if not everywhere([rule.get("cidr_block"), rule.get("ipv6_cidr_block")]):
        return ""
    protocol = str(known(rule.get("protocol"), "protocol"))
    if protocol in ("-1", "all"):
        return "every protocol"
    first, last = (int(known(rule.get(f"{end}_port"), "ports") or 0) for end in ("from", "to"))
    if (first, last) == (_HTTPS, _HTTPS):
        return ""
    # What a firewall without memory must let in and out for connections that the other side opened or answers.
    if first >= _FIRST_OF_ANSWERS and not (way == "ingress" and first <= _REMOTE_DESKTOP <= last):
        return ""
    return f"protocol {protocol}, ports {first} to {last}"


POLICY = Policy(
    number=7,
    title="Each subnet has a network ACL that names what passes",
    severity=Severity.MEDIUM,
    practice=Practice.ADDRESSES,
    types=("aws_subnet",),
    why="One wrong security group rule opens a way in or out; the subnet's own fence keeps it shut.",
    remedy="Put the subnet into subnet_ids of an aws_network_acl that allows TCP 443, and answers, to the internet.",
    judge=judge,
    fsbp=("EC2.21",),
    cis=("5.1",),
    owasp=("API7:2023",),
)
