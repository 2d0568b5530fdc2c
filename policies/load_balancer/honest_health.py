"""A target that fails is not called healthy."""

import re
from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack

_CODE = re.compile(r"\d+")
_FIRST_FAILURE = 400


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    matcher = str(resource.known("health_check", "matcher") or "200")
    if any(int(code) >= _FIRST_FAILURE for code in _CODE.findall(matcher)):
        yield f"takes answers {matcher} for health"


POLICY = Policy(
    number=19,
    title="Health checks take no failure for health",
    severity=Severity.LOW,
    practice=Practice.MONITORING,
    types=("aws_lb_target_group", "aws_alb_target_group"),
    why="A gateway without its key, or that refuses everybody, would get calls, and no alarm would see it.",
    remedy='Set health_check.matcher to "200".',
    judge=judge,
)
