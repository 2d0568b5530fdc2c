"""Whoever reads or changes the key is noticed."""

from collections.abc import Iterator
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import parse_json

_EVENTS = {
    "is read": ("GetSecretValue",),
    "is changed": ("PutSecretValue", "UpdateSecret", "DeleteSecret", "PutResourcePolicy"),
    "is not rotated": ("RotationFailed",),
}
_READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if not stack.linking(resource, "secret_id", types=("aws_secretsmanager_secret_rotation",)):
        return
    rules = [
        (rule, _pattern(rule))
        for rule in stack.linking(resource, "event_pattern", types=("aws_cloudwatch_event_rule",))
    ]
    for what, events in _EVENTS.items():
        told = {
            event
            for rule, pattern in rules
            if not _skips_somebody(pattern) and _tells(rule, stack, reads=what == "is read")
            for event in dig(pattern, "detail", "eventName") or []
        }
        if missing := [event for event in events if event not in told]:
            yield f"tells nobody when it {what}: no enabled rule with a target is of {', '.join(missing)}"


def _pattern(rule: Resource) -> Any:
    return parse_json(rule.get("event_pattern"), "event_pattern")


def _tells(rule: Resource, stack: Stack, *, reads: bool) -> bool:
    state = rule.known("state") or "ENABLED"
    targets = stack.linking(rule, "rule", types=("aws_cloudwatch_event_target",))
    return (state == _READS if reads else state != "DISABLED") and any(
        target.get("arn") for target in targets
    )


def _skips_somebody(pattern: Any) -> bool:
    """Whether whom the pattern leaves out is more than the roles that it names."""
    who = dig(pattern, "detail", "userIdentity", "sessionContext", "sessionIssuer", "arn")
    if who is None:
        return dig(pattern, "detail", "userIdentity") is not None
    return {"exists": False} not in who or not any(
        isinstance(entry, dict) and "anything-but" in entry for entry in who
    )


def dig(pattern: Any, *path: str) -> Any:
    """What stands at ``path`` of an event pattern; None where a part is missing."""
    for key in path:
        pattern = pattern.get(key) if isinstance(pattern, dict) else None
    return pattern


POLICY = Policy(
    number=57,
    title="Reads, changes and failed rotations of a rotated secret are noticed",
    severity=Severity.MEDIUM,
    practice=Practice.MONITORING,
    types=("aws_secretsmanager_secret",),
    why="Whoever can read the key once needs the gateway no more: that one read is all there is to see.",
    remedy="Add aws_cloudwatch_event_rule for GetSecretValue, for changes and for RotationFailed of the "
    "secret, with targets; reads need state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS.",
    judge=judge,
    owasp=("API2:2023",),
)
