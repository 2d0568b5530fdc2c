"""What a cluster uses is measured."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    settings = {setting.get("name"): setting.get("value") for setting in resource.blocks("setting")}
    if settings.get("containerInsights") not in ("enabled", "enhanced"):
        yield "does not measure its containers (containerInsights)"


POLICY = Policy(
    number=111,
    title="Clusters measure their containers",
    severity=Severity.LOW,
    practice=Practice.MONITORING,
    types=("aws_ecs_cluster",),
    why="A task that is killed for its memory, again and again, shows nowhere else.",
    remedy='Add setting containerInsights with the value "enabled".',
    judge=judge,
    fsbp=("ECS.12",),
)
