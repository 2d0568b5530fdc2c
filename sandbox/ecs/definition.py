"""The deployed service and its task definition, read back from the local AWS."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.workspace import SandboxError

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient


@dataclass(frozen=True)
class Container:
    """One container definition, with the names ECS gives its fields."""

    name: str
    image: str
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    mounts: tuple[tuple[str, str], ...]
    """Pairs of volume name and container path."""
    depends_on: tuple[tuple[str, str], ...]
    """Pairs of container name and condition."""
    essential: bool
    ports: tuple[int, ...]
    health_command: tuple[str, ...]
    health_interval: int
    health_retries: int
    health_start_period: int
    stop_timeout: int
    log_group: str
    log_stream_prefix: str


@dataclass(frozen=True)
class Service:
    """What the cluster was asked to run."""

    cluster: str
    name: str
    desired_count: int
    task_definition_arn: str
    task_role_arn: str
    target_groups: tuple[tuple[str, int], ...]
    """Pairs of target group and container port: one for each load balancer."""
    containers: tuple[Container, ...]
    """In an order in which each comes after those it depends on."""


def read_service(ecs: "ECSClient", *, cluster: str, service: str) -> Service:
    """The service as deployed.

    Raises
    ------
    SandboxError
        The cluster has no such service.
    """
    found = ecs.describe_services(cluster=cluster, services=[service])["services"]
    if not found:
        raise SandboxError(f"cluster {cluster} has no service {service}: the deployment made none")
    deployed = found[0]
    task = ecs.describe_task_definition(taskDefinition=deployed["taskDefinition"])["taskDefinition"]
    return Service(
        cluster=cluster,
        name=service,
        desired_count=deployed["desiredCount"],
        task_definition_arn=task["taskDefinitionArn"],
        task_role_arn=task.get("taskRoleArn", ""),
        target_groups=tuple(
            (balancer["targetGroupArn"], balancer["containerPort"]) for balancer in deployed["loadBalancers"]
        ),
        containers=_in_order([_container(dict(item)) for item in task["containerDefinitions"]]),
    )


def _container(data: dict[str, Any]) -> Container:
    health = data.get("healthCheck") or {}
    log_options = (data.get("logConfiguration") or {}).get("options") or {}
    return Container(
        name=data["name"],
        image=data["image"],
        command=tuple(data.get("command") or ()),
        environment=tuple((item["name"], item["value"]) for item in data.get("environment") or ()),
        mounts=tuple((item["sourceVolume"], item["containerPath"]) for item in data.get("mountPoints") or ()),
        depends_on=tuple((item["containerName"], item["condition"]) for item in data.get("dependsOn") or ()),
        essential=data.get("essential", True),
        ports=tuple(item["containerPort"] for item in data.get("portMappings") or ()),
        health_command=tuple(health.get("command") or ()),
        health_interval=health.get("interval", 30),
        health_retries=health.get("retries", 3),
        health_start_period=health.get("startPeriod", 0),
        stop_timeout=data.get("stopTimeout", 30),
        log_group=log_options.get("awslogs-group", ""),
        log_stream_prefix=log_options.get("awslogs-stream-prefix", ""),
    )


def _in_order(containers: list[Container]) -> tuple[Container, ...]:
    ordered: list[Container] = []
    waiting = containers
    while waiting:
        started = {container.name for container in ordered}
        ready = [c for c in waiting if {name for name, _ in c.depends_on} <= started]
        if not ready:
            raise SandboxError(f"containers {', '.join(c.name for c in waiting)} wait for each other")
        ordered += ready
        waiting = [container for container in waiting if container not in ready]
    return tuple(ordered)
