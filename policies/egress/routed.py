"""Each subnet leads where its table says, and what runs leaves by the fixed addresses."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..identity._wildcards import text
from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import known
from ._rules import everywhere

_RANGES = ("cidr_block", "ipv6_cidr_block", "destination_cidr_block", "destination_ipv6_cidr_block")
_KINDS = ("aws_internet_gateway", "aws_egress_only_internet_gateway", "igw-")
_RUNS = ("aws_ecs_service", "aws_lambda_function", "aws_vpc_endpoint", "aws_instance")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    associations = stack.linking(resource, "subnet_id", types=("aws_route_table_association",))
    tables = [t for a in associations for t in stack.linked(a, "route_table_id", types=("aws_route_table",))]
    if not associations:
        yield "has no route table of its own: it falls to the VPC's main one"
    if not stack.linking(resource, types=_RUNS):
        return
    for table in tables:
        own = [route.values for route in stack.linking(table, "route_table_id", types=("aws_route",))]
        for values in [*table.blocks("route"), *own]:
            gateway = text(values.get("gateway_id") or values.get("egress_only_gateway_id") or "")
            if any(kind in gateway for kind in _KINDS) and everywhere(_ranges(values)):
                yield f"leads to the internet by {table.address}, past the fixed addresses"


def _ranges(route: Mapping[str, Any]) -> set[str]:
    return set(known([route[field] for field in _RANGES if route.get(field)], "the range of a route"))


POLICY = Policy(
    number=106,
    title="Subnets have route tables of their own, and what runs in them leaves by a NAT gateway",
    severity=Severity.HIGH,
    practice=Practice.ADDRESSES,
    types=("aws_subnet",),
    why="Calls that leave by another address than the ones given to Pictory are calls that an allow-list refuses, or "
    "that no allow-list could hold back.",
    remedy="Add aws_route_table_association; give the table of what runs a default route to the NAT gateway.",
    judge=judge,
)
