"""What nobody placed in a VPC is connected to nothing."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import is_set

_MAIN = {"aws_default_route_table": ("route",), "aws_default_network_acl": ("ingress", "egress")}


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for type_, fields in _MAIN.items():
        name = type_.removeprefix("aws_").replace("_", " ")
        adopted = [found for found in stack.of(type_) if resource in stack.linked(found)]
        if not adopted:
            yield f"leaves its {name} as AWS makes it, and as anybody changes it"
        for found in adopted:
            yield from (f"{found.address} has {field}" for field in fields if is_set(found.get(field)))


POLICY = Policy(
    number=101,
    title="The main route table and the default network ACL of each VPC are empty",
    severity=Severity.MEDIUM,
    practice=Practice.ADDRESSES,
    types=("aws_vpc",),
    why="A subnet that is added without a table falls to the main one: what that lets pass, it lets pass.",
    remedy="Add aws_default_route_table with route = [], and aws_default_network_acl without ingress and egress.",
    judge=judge,
)
