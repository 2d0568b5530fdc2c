"""Alarms can use the key of the topic that they tell."""

from collections.abc import Iterator

from ..keys._own import is_own
from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if not resource.get("kms_master_key_id"):
        yield "is not encrypted"
    elif not is_own(resource, "kms_master_key_id", stack):
        yield "is encrypted with AWS's own key, which alarms may not use: their messages are lost without a trace"


POLICY = Policy(
    number=89,
    title="Topics are encrypted with a customer key",
    severity=Severity.HIGH,
    practice=Practice.MONITORING,
    types=("aws_sns_topic",),
    why="With AWS's own key the topic looks encrypted, and no alarm ever arrives.",
    remedy="Set kms_master_key_id to a customer key whose policy lets cloudwatch.amazonaws.com decrypt.",
    judge=judge,
)
