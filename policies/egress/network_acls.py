"""Each subnet has a network ACL that names what may pass."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack

_EVERYWHERE = ("0.0.0.0/0", "::/0")
_ACL = "aws_network_acl"


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    acls = stack.linking(resource, "subnet_ids", types=(_ACL,))
    for association in stack.linking(resource, "subnet_id", types=("aws_network_acl_association",)):
        acls += stack.linked(association, "network_acl_id", types=(_ACL,))
    if not acls:
        yield "falls to the VPC's default network ACL"
    for acl in acls:
        for rule in acl.blocks("egress"):
            everywhere = rule.get("cidr_block") in _EVERYWHERE or rule.get("ipv6_cidr_block") in _EVERYWHERE
            if everywhere and rule.get("action") == "allow" and str(rule.get("protocol")) in ("-1", "all"):
                yield f"{acl.address} lets out every protocol to every address"


POLICY = Policy(
    number=7,
    title="Each subnet has a network ACL that names what leaves",
    severity=Severity.MEDIUM,
    practice=Practice.ADDRESSES,
    types=("aws_subnet",),
    why="One wrong security group rule opens a way out; the subnet's own fence keeps it shut.",
    remedy="Put the subnet into subnet_ids of an aws_network_acl that allows TCP 443, and answers, to the internet.",
    judge=judge,
    owasp=("API7:2023",),
)
