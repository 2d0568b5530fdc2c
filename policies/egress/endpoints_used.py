"""Calls from a VPC to AWS have a way that stays inside."""

from collections.abc import Iterator

from ..gateway._containers import containers
from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import Unknown
from ._placed import workloads

_BY_REFERENCE = {"aws_secretsmanager_secret": "secretsmanager", "aws_kms_key": "kms"}


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    endpoints = stack.linking(resource, "vpc_id", types=("aws_vpc_endpoint",))
    if not endpoints:
        return
    names = [str(endpoint.known("service_name") or "") for endpoint in endpoints]
    for workload in workloads(stack, resource):
        needed = set(_needed(workload, stack))
        missing = sorted(s for s in needed if not any(n.endswith(f".{s}") for n in names))
        if missing:
            yield f"has no endpoint of {', '.join(missing)}, which {workload.address} calls"


def _needed(workload: Resource, stack: Stack) -> Iterator[str]:
    """The services that a workload calls, by the ends of their names."""
    if workload.type == "aws_lambda_function":
        yield from (
            s for type_, s in _BY_REFERENCE.items() if stack.linked(workload, "environment", types=(type_,))
        )
        return
    for task in stack.linked(workload, "task_definition", types=("aws_ecs_task_definition",)):
        for _, container in containers(task):
            image = container.get("image")
            if ".dkr.ecr." in (image.text if isinstance(image, Unknown) else str(image)):
                yield from ("ecr.api", "ecr.dkr", "s3")
            if (container.get("logConfiguration") or {}).get("logDriver") == "awslogs":
                yield "logs"
        for type_, service in _BY_REFERENCE.items():
            if stack.linked(task, "container_definitions", types=(type_,)):
                yield service


POLICY = Policy(
    number=107,
    title="A VPC with endpoints has one for each service that its tasks and functions call",
    severity=Severity.MEDIUM,
    practice=Practice.ADDRESSES,
    types=("aws_vpc",),
    why="What has no endpoint goes out to the internet: past the endpoint's policy, and over the way to Pictory.",
    remedy="Add aws_vpc_endpoint for the service, with private_dns_enabled and a policy.",
    judge=judge,
    fsbp=("EC2.55", "EC2.56"),
)
