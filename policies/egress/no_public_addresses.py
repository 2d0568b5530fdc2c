"""Nothing but the NAT gateway has an address on the internet."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack

_FIELDS = {
    "aws_subnet": ("map_public_ip_on_launch",),
    "aws_ecs_service": ("network_configuration", "assign_public_ip"),
    "aws_instance": ("associate_public_ip_address",),
}


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    path = _FIELDS[resource.type]
    if resource.known(*path) in (True, "true"):
        yield f"{'.'.join(path)} is true"


POLICY = Policy(
    number=5,
    title="Tasks, instances and subnets take no public addresses",
    severity=Severity.CRITICAL,
    practice=Practice.ADDRESSES,
    types=tuple(_FIELDS),
    why="A public address is a way out, and in, that is not the gateway's.",
    remedy="Set it to false: what must reach Pictory goes through the NAT gateway's fixed addresses.",
    judge=judge,
    fsbp=("EC2.9", "EC2.15", "ECS.2"),
    owasp=("API8:2023",),
)
