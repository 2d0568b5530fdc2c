"""Malformed requests end at the load balancer."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.known("load_balancer_type") not in (None, "application"):
        return
    if resource.known("drop_invalid_header_fields") is not True:
        yield "drop_invalid_header_fields is not true"
    if resource.known("desync_mitigation_mode") == "monitor":
        yield "lets requests pass that two servers may read differently (desync_mitigation_mode is monitor)"
    if (
        resource.known("preserve_host_header") is True
        and resource.known("xff_header_processing_mode") == "preserve"
    ):
        yield "passes on the caller's own idea of its address (xff_header_processing_mode is preserve)"


POLICY = Policy(
    number=15,
    title="Load balancers drop malformed headers and ambiguous requests",
    severity=Severity.MEDIUM,
    practice=Practice.HTTPS,
    types=("aws_lb", "aws_alb"),
    why="Request smuggling begins with a request that the firewall and the gateway read differently.",
    remedy='Set drop_invalid_header_fields = true and desync_mitigation_mode "defensive" or "strictest".',
    judge=judge,
    fsbp=("ELB.4", "ELB.12"),
    owasp=("API8:2023",),
)
