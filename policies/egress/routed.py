"""Each subnet leads where its table says, and what runs leaves by the fixed addresses."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._rules import EVERYWHERE

_GATEWAYS = ("aws_internet_gateway",)
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
            ranges = {values.get("destination_cidr_block"), values.get("cidr_block")}
            if not EVERYWHERE & ranges:
                continue
            gateway = str(values.get("gateway_id") or "")
            if any(kind in gateway for kind in _GATEWAYS) or gateway.startswith("igw-"):
                yield f"leads to the internet by {table.address}, past the fixed addresses"


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
