"""Snippets for the policies of alarms."""

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet


def alarm(stack: TerraformStack, broken: bool) -> None:
    topic = aws.sns_topic.SnsTopic(stack, "Topic")
    aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
        stack, "Alarm", alarm_name="errors", namespace="AWS/Lambda", metric_name="Errors", statistic="Sum",
        dimensions={"FunctionName": "rotate"}, period=300, evaluation_periods=1, threshold=1,
        comparison_operator="GreaterThanOrEqualToThreshold", treat_missing_data="notBreaching",
        alarm_actions=[] if broken else [topic.arn],
    )  # fmt: skip


SNIPPETS: dict[str, Snippet] = {
    "alarms/tells_somebody": alarm,
}
