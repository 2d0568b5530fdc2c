"""Alarms may use the key of the topic that they tell."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.statements import statements
from .reaches_somebody import lets, told_by

_ACTIONS = ("kms:decrypt", "kms:generatedatakey")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for key in stack.linked(resource, "kms_master_key_id", types=("aws_kms_key",)):
        policies = [*stack.linking(key, "key_id", types=("aws_kms_key_policy",)), key]
        found = [s for policy in policies for s in statements(stack, policy, "policy")]
        for service in told_by(resource, stack):
            if missing := [action for action in _ACTIONS if not any(lets(s, service, action) for s in found)]:
                yield f"{key.address} does not let {service} {', '.join(missing)}: what it tells is lost"


POLICY = Policy(
    number=92,
    title="A topic's key lets alarms and notices use it",
    severity=Severity.HIGH,
    practice=Practice.MONITORING,
    types=("aws_sns_topic",),
    why="The alarm goes on, the message cannot be encrypted, and nobody hears of either.",
    remedy="Let cloudwatch.amazonaws.com and events.amazonaws.com kms:Decrypt and kms:GenerateDataKey* in "
    "the key's policy.",
    judge=judge,
)
