"""AWS's own names lead to the endpoints inside of the VPC."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    endpoints = stack.linking(resource, "vpc_id", types=("aws_vpc_endpoint",))
    if not any(endpoint.known("private_dns_enabled") is True for endpoint in endpoints):
        return
    if resource.known("enable_dns_support") is False:
        yield "resolves no names (enable_dns_support is false)"
    if resource.known("enable_dns_hostnames") is not True:
        yield "does not resolve AWS's names to its endpoints (enable_dns_hostnames is not true)"


POLICY = Policy(
    number=103,
    title="A VPC with endpoints resolves AWS's names to them",
    severity=Severity.HIGH,
    practice=Practice.ADDRESSES,
    types=("aws_vpc",),
    why="Otherwise the same calls go out over the internet, or nowhere, and nothing says so.",
    remedy="Set enable_dns_support and enable_dns_hostnames to true.",
    judge=judge,
)
