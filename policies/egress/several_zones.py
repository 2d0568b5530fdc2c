"""One data centre that fails takes nothing along."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.environments import is_production
from ..stack.resource import Resource, Stack
from ..stack.values import written
from ._placed import PLACED, has_interfaces, subnets, subnets_path


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if not is_production(stack) or not has_interfaces(resource):
        return
    count = len(subnets(resource))
    if count < 2:
        yield f"stands in {count} subnets: one availability zone can take it away"
        return
    found = stack.linked(resource, *subnets_path(resource), types=("aws_subnet",))
    zones = {subnet.get("availability_zone") or subnet.get("availability_zone_id") for subnet in found}
    if len(found) == count and len(zones) == 1 and None not in zones:
        yield f"stands in {written(zones.pop())} alone: this availability zone can take it away"


POLICY = Policy(
    number=105,
    title="In production, what is on the way of a call stands in two subnets or more",
    severity=Severity.MEDIUM,
    practice=Practice.MONITORING,
    types=PLACED,
    why="A gateway that is down is a gateway that somebody goes around, with the key in a script.",
    remedy="Give it subnets of two availability zones.",
    judge=judge,
    fsbp=("ELB.13", "Lambda.5"),
)
