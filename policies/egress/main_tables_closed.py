"""What nobody placed in a VPC is connected to nothing."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import is_set

_MAIN = {"aws_default_route_table": ("route",), "aws_default_network_acl": ("ingress", "egress")}
_ENTRIES = {"route_table_id": "aws_route", "network_acl_id": "aws_network_acl_rule"}
"""What gives a table or a list an entry from outside, by the field that names it."""


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for type_, fields in _MAIN.items():
        name = type_.removeprefix("aws_").replace("_", " ")
        adopted = [found for found in stack.of(type_) if resource in stack.linked(found)]
        if not adopted:
            yield f"leaves its {name} as AWS makes it, and as anybody changes it"
        for found in adopted:
            yield from (f"{found.address} has {field}" for field in fields if is_set(found.get(field)))
            yield from (f"{entry.address} is in {found.address}" for entry in _entries(found, stack))
    yield from (f"{entry.address} is in its main table or list" for entry in _entries(resource, stack))
    for other in stack.linking(resource, "vpc_id", types=("aws_main_route_table_association",)):
        for table in stack.linked(other, "route_table_id", types=("aws_route_table",)):
            if is_set(table.get("route")) or _entries(table, stack):
                yield f"{other.address} makes {table.address} the main table, which has routes"


def _entries(owner: Resource, stack: Stack) -> list[Resource]:
    return [
        entry for field, type_ in _ENTRIES.items() for entry in stack.linking(owner, field, types=(type_,))
    ]


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
