"""Calls leave by addresses that Pictory can be told."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import Unknown


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.known("connectivity_type") == "private":
        return
    allocation = resource.get("allocation_id")
    if allocation is None:
        yield "has no elastic address of its own"
    elif isinstance(allocation, Unknown) and not stack.linked(resource, "allocation_id", types=("aws_eip",)):
        resource.known("allocation_id")


POLICY = Policy(
    number=6,
    title="Each NAT gateway has an elastic address",
    severity=Severity.HIGH,
    practice=Practice.ADDRESSES,
    types=("aws_nat_gateway",),
    why="An allow-list at Pictory holds only while the addresses that calls leave by stay the same.",
    remedy="Give it allocation_id of an aws_eip, and give those addresses out as an output.",
    judge=judge,
)
