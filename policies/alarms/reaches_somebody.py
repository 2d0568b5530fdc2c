"""What is told to a topic reaches somebody."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.statements import Statement, statements

_TELLERS = {
    "cloudwatch.amazonaws.com": ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"),
    "events.amazonaws.com": ("aws_cloudwatch_event_target",),
}


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if not stack.linking(resource, "topic_arn", types=("aws_sns_topic_subscription",)):
        yield "tells nobody: it has no subscription"
    for service in told_by(resource, stack):
        policies = [*stack.linking(resource, "arn", types=("aws_sns_topic_policy",)), resource]
        if not any(lets(s, service, "sns:publish") for p in policies for s in statements(stack, p, "policy")):
            yield f"takes nothing of {service}: no statement of its policy lets it publish"


def told_by(topic: Resource, stack: Stack) -> list[str]:
    """The services that the stack has tell ``topic``."""
    return [service for service, types in _TELLERS.items() if stack.linking(topic, types=types)]


def lets(statement: Statement, service: str, action: str) -> bool:
    """Whether a statement allows ``service`` to do ``action``, given in lower case."""
    actions = {str(named).lower().rstrip("*") for named in statement.actions}
    return (
        statement.allows
        and service in (statement.principals or {}).get("Service", ())
        and any(action.startswith(named) for named in actions)
    )


POLICY = Policy(
    number=91,
    title="Topics take what alarms and notices tell, and have subscribers",
    severity=Severity.HIGH,
    practice=Practice.MONITORING,
    types=("aws_sns_topic",),
    why="A topic that nobody reads, or that refuses the alarm, loses it without a trace.",
    remedy="Add aws_sns_topic_subscription, and an aws_sns_topic_policy that lets cloudwatch.amazonaws.com "
    "and events.amazonaws.com publish.",
    judge=judge,
)
