"""What is told or queued is told over TLS."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.statements import Statement, statements

_POLICIES = {
    "aws_sns_topic": ("aws_sns_topic_policy", "arn"),
    "aws_sqs_queue": ("aws_sqs_queue_policy", "queue_url"),
}


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    type_, field = _POLICIES[resource.type]
    policies = [resource, *stack.linking(resource, field, types=(type_,))]
    if not any(_denies_plain(s) for policy in policies for s in statements(stack, policy, "policy")):
        yield "takes messages without TLS: no statement denies aws:SecureTransport false"
    for subscription in stack.linking(resource, "topic_arn", types=("aws_sns_topic_subscription",)):
        if subscription.known("protocol") == "http":
            yield f"is told on without TLS, by {subscription.address}"


def _denies_plain(statement: Statement) -> bool:
    return not statement.allows and any(
        key.lower() == "aws:securetransport" and "false" in map(str, values)
        for _, key, values in statement.conditions
    )


POLICY = Policy(
    number=78,
    title="Topics and queues take messages over TLS only",
    severity=Severity.MEDIUM,
    practice=Practice.HTTPS,
    types=tuple(_POLICIES),
    why="What failed, and what an alarm says, names secrets, callers and addresses.",
    remedy="Deny requests with aws:SecureTransport false in the policy of the topic or queue.",
    judge=judge,
    owasp=("API8:2023",),
)
