"""One data centre that fails takes nothing along."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.environments import is_production
from ..stack.resource import Resource, Stack
from ._placed import PLACED, has_interfaces, subnets


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if is_production(stack) and has_interfaces(resource) and (count := len(subnets(resource))) < 2:
        yield f"stands in {count} subnets: one availability zone can take it away"


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
