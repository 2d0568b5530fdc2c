"""What has a network interface has a security group of its own."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._placed import PLACED, groups, groups_path, has_interfaces


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if has_interfaces(resource) and not groups(resource):
        yield "names no security group: it gets the VPC's default one"
    for named in stack.linked(
        resource, *groups_path(resource), types=("aws_default_security_group", "aws_vpc")
    ):
        yield f"is in the default security group, by {named.address}"


POLICY = Policy(
    number=104,
    title="Load balancers, services, functions and endpoints have security groups of their own",
    severity=Severity.HIGH,
    practice=Practice.LEAST_PRIVILEGE,
    types=PLACED,
    why="In the default group everything shares one fate: what is opened for one is open for all.",
    remedy="Give it an aws_security_group with rules that name its callers and where it connects to.",
    judge=judge,
    owasp=("API8:2023",),
)
