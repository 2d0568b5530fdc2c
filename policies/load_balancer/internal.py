"""The load balancer is reached from inside."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.known("internal") is not True:
        yield "is on the internet: internal is not true"


POLICY = Policy(
    number=11,
    title="Load balancers are internal",
    severity=Severity.CRITICAL,
    practice=Practice.ADDRESSES,
    types=("aws_lb", "aws_alb"),
    why="The gateway adds the Pictory key to what it lets through: only the company's own programs may knock.",
    remedy="Set internal = true, and let callers in through the VPC, a peering or PrivateLink.",
    judge=judge,
    owasp=("API8:2023",),
)
