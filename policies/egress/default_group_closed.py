"""Nothing can use a VPC's default security group."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._rules import RULES


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    groups = stack.linking(resource, "vpc_id", types=("aws_default_security_group",))
    if not groups:
        yield "leaves its default security group as AWS makes it: everything may leave"
    for group in groups:
        if group.blocks("ingress") or group.blocks("egress"):
            yield f"{group.address} has rules"
    for rule in [
        r for owner in (resource, *groups) for r in stack.linking(owner, "security_group_id", types=RULES)
    ]:
        yield f"{rule.address} gives its default security group a rule"


POLICY = Policy(
    number=2,
    title="The default security group of each VPC has no rules",
    severity=Severity.HIGH,
    practice=Practice.LEAST_PRIVILEGE,
    types=("aws_vpc",),
    why="Whatever is started without a security group gets the default one, and with it every way out.",
    remedy="Add aws_default_security_group for the VPC, without ingress and egress, and give no rule its id.",
    judge=judge,
    fsbp=("EC2.2",),
    cis=("5.4",),
    owasp=("API8:2023",),
)
