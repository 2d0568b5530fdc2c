"""An alarm that goes on tells people."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import Unknown

ALARMS = ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.known("actions_enabled") is False:
        yield "has its actions switched off"
    actions = resource.get("alarm_actions")
    if not actions:
        yield "tells nobody: it has no alarm_actions"
    elif isinstance(actions, Unknown):
        resource.known("alarm_actions")
    elif not stack.linked(resource, "alarm_actions", types=("aws_sns_topic",)) and not any(
        ":sns:" in str(action) for action in actions
    ):
        yield "tells no SNS topic"


POLICY = Policy(
    number=86,
    title="Each alarm tells a topic",
    severity=Severity.HIGH,
    practice=Practice.MONITORING,
    types=ALARMS,
    why="An alarm without an action is a colour on a page that nobody looks at at night.",
    remedy="Set alarm_actions to the topic's ARN.",
    judge=judge,
)
