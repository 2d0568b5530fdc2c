"""A rule for events is on, and tells somebody."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import parse_json


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.known("state") == "DISABLED" or resource.known("is_enabled") is False:
        yield "is switched off"
    targets = stack.linking(resource, "rule", types=("aws_cloudwatch_event_target",))
    if not targets:
        yield "has no target"
    for target in targets:
        if not target.get("arn"):
            yield f"{target.address} names no target"
    if resource.get("schedule_expression"):
        return
    pattern = (
        parse_json(resource.get("event_pattern"), "event_pattern") if resource.get("event_pattern") else None
    )
    if not isinstance(pattern, dict) or not (pattern.get("source") or pattern.get("detail-type")):
        yield "names no source of events"
    elif isinstance(detail := pattern.get("detail"), dict) and [] in detail.values():
        yield "fits no event: a list of values is empty"


POLICY = Policy(
    number=93,
    title="Rules for events are on, and have a target",
    severity=Severity.MEDIUM,
    practice=Practice.MONITORING,
    types=("aws_cloudwatch_event_rule",),
    why="A rule without a target looks like a watchman, and is none.",
    remedy="Set state to ENABLED, and add aws_cloudwatch_event_target.",
    judge=judge,
)
