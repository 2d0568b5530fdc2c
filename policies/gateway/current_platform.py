"""Fargate runs what AWS still mends."""

import re
from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack

_OLD = re.compile(r"1\.[0-3]\.\d+")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    version = resource.known("platform_version")
    if version and _OLD.fullmatch(version):
        yield f"runs on platform version {version}"


POLICY = Policy(
    number=40,
    title="Services run on the current platform of Fargate",
    severity=Severity.MEDIUM,
    practice=Practice.UPDATES,
    types=("aws_ecs_service",),
    why="An old platform keeps an old kernel and agent, whatever the images are.",
    remedy='Set platform_version to "LATEST", or leave it out.',
    judge=judge,
    fsbp=("ECS.10",),
)
