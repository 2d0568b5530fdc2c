"""Each request that reaches the load balancer is on record."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.environments import is_production
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.known("access_logs", "enabled") is not True or resource.get("access_logs", "bucket") is None:
        yield "writes no access log"
    if _is_application(resource) and not _keeps_connections(resource):
        yield "writes no connection log: refused TLS leaves no trace"
    if is_production(stack) and resource.known("enable_deletion_protection") is not True:
        yield "can be deleted by one call (enable_deletion_protection)"


def _keeps_connections(resource: Resource) -> bool:
    bucket = resource.get("connection_logs", "bucket")
    return bucket is not None and resource.known("connection_logs", "enabled") is True


def _is_application(resource: Resource) -> bool:
    return resource.known("load_balancer_type") in (None, "application")


POLICY = Policy(
    number=16,
    title="Load balancers are logged, and in production protected from deletion",
    severity=Severity.MEDIUM,
    practice=Practice.MONITORING,
    types=("aws_lb", "aws_alb"),
    why="What the firewall or a listener refuses never reaches the gateway's own log.",
    remedy="Set access_logs and connection_logs with a bucket and enabled = true, and enable_deletion_protection.",
    judge=judge,
    fsbp=("ELB.5", "ELB.6"),
)
