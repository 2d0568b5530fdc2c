"""A function that handles secrets leaves by the same door."""

from collections.abc import Iterator

from ..egress._placed import subnets
from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if not stack.linked(resource, "environment", types=("aws_secretsmanager_secret",)):
        return
    if resource.get("vpc_config") in (None, []) or not subnets(resource):
        yield "runs outside of the VPC: it reaches every address there is"


POLICY = Policy(
    number=68,
    title="Functions that are given a secret run in the VPC",
    severity=Severity.HIGH,
    practice=Practice.ADDRESSES,
    types=("aws_lambda_function",),
    why="Outside of the VPC no security group, no DNS Firewall and no flow log holds or sees what it sends.",
    remedy="Give it vpc_config with private subnets and a security group.",
    judge=judge,
    fsbp=("Lambda.3",),
    owasp=("API7:2023",),
)
