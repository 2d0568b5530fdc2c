"""Every connection of a VPC is on record."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    logs = stack.linking(resource, "vpc_id", types=("aws_flow_log",))
    if not logs:
        yield "has no flow log"
    elif all(log.known("traffic_type") != "ALL" for log in logs):
        yield f"{logs[0].address} records {logs[0].known('traffic_type')} traffic only"
    for log in logs:
        if log.get("log_destination") is None and log.get("log_group_name") is None:
            yield f"{log.address} names no destination"


POLICY = Policy(
    number=3,
    title="Each VPC records all its traffic",
    severity=Severity.MEDIUM,
    practice=Practice.MONITORING,
    types=("aws_vpc",),
    why="Without it nobody can say, after an incident, where data went.",
    remedy='Add aws_flow_log for the VPC with traffic_type "ALL" and a log group as destination.',
    judge=judge,
    fsbp=("EC2.6",),
    cis=("3.7",),
)
