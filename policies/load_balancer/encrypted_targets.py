"""Calls are encrypted from the load balancer to the gateway as well."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack

_ENCRYPTED = ("HTTPS", "TLS")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.known("target_type") == "lambda":
        return
    if (protocol := resource.known("protocol")) not in _ENCRYPTED:
        yield f"speaks {protocol} to its targets"
    elif resource.known("health_check", "protocol") != "HTTPS":
        yield "asks for its targets' health without TLS"


POLICY = Policy(
    number=13,
    title="Target groups speak TLS to their targets",
    severity=Severity.HIGH,
    practice=Practice.HTTPS,
    types=("aws_lb_target_group", "aws_alb_target_group"),
    why="Between load balancer and task the callers' credentials cross the network once more.",
    remedy='Set protocol and health_check.protocol to "HTTPS"; the task has a certificate of its own.',
    judge=judge,
    owasp=("API8:2023",),
)
