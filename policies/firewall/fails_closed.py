"""While the firewall cannot be asked, nothing passes."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.known("enable_waf_fail_open") is True:
        yield "lets requests pass uninspected while AWS WAF does not answer"


POLICY = Policy(
    number=43,
    title="Load balancers fail closed when the firewall does not answer",
    severity=Severity.CRITICAL,
    practice=Practice.WAF,
    types=("aws_lb", "aws_alb"),
    why="An attacker who can slow the firewall down would otherwise switch it off.",
    remedy="Leave enable_waf_fail_open out, or set it to false.",
    judge=judge,
    owasp=("API8:2023",),
)
