"""Where in a network something stands: its subnets and security groups."""

from collections.abc import Iterator
from typing import Any, Final

from ..stack.resource import Resource, Stack
from ..stack.values import NotKnownError, Unknown, is_set

_PLACES: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "aws_lb": (("subnets",), ("security_groups",)),
    "aws_alb": (("subnets",), ("security_groups",)),
    "aws_ecs_service": (("network_configuration", "subnets"), ("network_configuration", "security_groups")),
    "aws_lambda_function": (("vpc_config", "subnet_ids"), ("vpc_config", "security_group_ids")),
    "aws_vpc_endpoint": (("subnet_ids",), ("security_group_ids",)),
}
_MAPPED: Final = ("subnet_mapping",)
PLACED: Final = tuple(_PLACES)


def has_interfaces(resource: Resource) -> bool:
    """Whether a resource of ``PLACED`` has network interfaces of its own."""
    if resource.type == "aws_vpc_endpoint":
        return bool(resource.known("vpc_endpoint_type") == "Interface")
    if resource.type == "aws_lambda_function":
        return is_set(resource.get("vpc_config"))
    if resource.type == "aws_ecs_service":
        return resource.known("launch_type") == "FARGATE" or is_set(resource.get("network_configuration"))
    return True


def subnets(resource: Resource) -> list[Any]:
    """The subnets that it stands in."""
    path = subnets_path(resource)
    return list(resource.blocks(*path)) if path == _MAPPED else _listed(resource, path)


def subnets_path(resource: Resource) -> tuple[str, ...]:
    """Where it names its subnets."""
    is_mapped = resource.type in ("aws_lb", "aws_alb") and resource.get(*_MAPPED)
    return _MAPPED if is_mapped else _PLACES[resource.type][0]


def groups(resource: Resource) -> list[Any]:
    """The security groups that it has."""
    return _listed(resource, groups_path(resource))


def groups_path(resource: Resource) -> tuple[str, ...]:
    """Where it names its security groups."""
    return _PLACES[resource.type][1]


def workloads(stack: Stack, vpc: Resource) -> Iterator[Resource]:
    """The services and functions in ``vpc``."""
    inside = {subnet.address for subnet in stack.linking(vpc, "vpc_id", types=("aws_subnet",))}
    for workload in stack.of("aws_ecs_service", "aws_lambda_function"):
        if any(s.address in inside for s in stack.linked(workload, *_PLACES[workload.type][0])):
            yield workload


def _listed(resource: Resource, path: tuple[str, ...]) -> list[Any]:
    value = resource.get(*path)
    if isinstance(value, Unknown):
        raise NotKnownError(".".join(path), value)
    return value if isinstance(value, list) else [value] if value else []
