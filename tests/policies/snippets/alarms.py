"""Snippets for the policies of alarms, topics and notices."""

import json
from typing import Any

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet
from tests.policies.snippets.surroundings import function, key, log_group, topic

RUNBOOK = "https://wiki.example/runbooks/rotation"


def tells_somebody(stack: TerraformStack, broken: bool) -> None:
    _alarm(stack, alarm_actions=[] if broken else [topic(stack).arn])


def decides_on_missing_data(stack: TerraformStack, broken: bool) -> None:
    _alarm(stack, treat_missing_data=None if broken else "notBreaching")


def has_a_runbook(stack: TerraformStack, broken: bool) -> None:
    _alarm(stack)
    said = "Rotation fails." if broken else f"Rotation fails. {RUNBOOK}"
    aws.cloudwatch_composite_alarm.CloudwatchCompositeAlarm(
        stack, "AnyAlarm", alarm_name="any", alarm_rule="ALARM(errors)", alarm_description=said
    )


def topic_own_key(stack: TerraformStack, broken: bool) -> None:
    own = "alias/aws/sns" if broken else key(stack).id
    aws.sns_topic.SnsTopic(stack, "Topic", name="alarms", kms_master_key_id=own)


def watches_something(stack: TerraformStack, broken: bool) -> None:
    _alarm(stack, dimensions=None if broken else {"FunctionName": "rotate"})


def reaches_somebody(stack: TerraformStack, broken: bool) -> None:
    _alarm(stack, alarm_actions=[topic(stack).arn])
    aws.sns_topic_subscription.SnsTopicSubscription(
        stack, "OnCall", topic_arn=topic(stack).arn, protocol="email", endpoint="on-call@company.example"
    )
    publish = _lets("events" if broken else "cloudwatch", ["sns:Publish"], topic(stack).arn)
    aws.sns_topic_policy.SnsTopicPolicy(stack, "TopicPolicy", arn=topic(stack).arn, policy=publish)


def key_lets_tell(stack: TerraformStack, broken: bool) -> None:
    actions = ["kms:Decrypt"] if broken else ["kms:Decrypt", "kms:GenerateDataKey*"]
    own = aws.kms_key.KmsKey(stack, "TopicKey", policy=_lets("cloudwatch", actions, "*"))
    told = aws.sns_topic.SnsTopic(stack, "Alarms", name="alarms", kms_master_key_id=own.arn)
    _alarm(stack, alarm_actions=[told.arn])


def notices_somebody(stack: TerraformStack, broken: bool) -> None:
    pattern = {"source": ["aws.secretsmanager"], "detail": {"eventName": ["RotationFailed"]}}
    rule = aws.cloudwatch_event_rule.CloudwatchEventRule(stack, "Failed", event_pattern=json.dumps(pattern))
    if not broken:
        aws.cloudwatch_event_target.CloudwatchEventTarget(stack, "Tell", rule=rule.name, arn=topic(stack).arn)


def can_go_on(stack: TerraformStack, broken: bool) -> None:
    rate = aws.cloudwatch_metric_alarm.CloudwatchMetricAlarmMetricQuery(
        id="rate", expression="100 * errors / calls", label="errors in percent", return_data=True
    )
    counts = [_query("errors", "Errors"), _query("calls", "Invocations")]
    own = {"namespace": None, "metric_name": None, "statistic": None, "period": None, "dimensions": None}
    _alarm(stack, metric_query=[rate, *counts], threshold=500 if broken else 5, **own)


def everything_watched(stack: TerraformStack, broken: bool) -> None:
    rotation = function(stack)
    _alarm(
        stack,
        metric_name="Throttles" if broken else "Errors",
        dimensions={"FunctionName": rotation.function_name},
    )


def metric_watched(stack: TerraformStack, broken: bool) -> None:
    refused = aws.cloudwatch_log_metric_filter.CloudwatchLogMetricFilter(
        stack, "Refused", name="refused", log_group_name=log_group(stack).name, pattern="{ $.status = 403 }",
        metric_transformation={"namespace": "PictoryEgress/Gateway", "name": "Refused", "value": "1"},
    )  # fmt: skip
    metric = refused.metric_transformation
    if not broken:
        _alarm(stack, namespace=metric.namespace, metric_name=metric.name, dimensions=None)


SNIPPETS: dict[str, Snippet] = {
    "alarms/tells_somebody": tells_somebody,
    "alarms/decides_on_missing_data": decides_on_missing_data,
    "alarms/has_a_runbook": has_a_runbook,
    "alarms/topic_own_key": topic_own_key,
    "alarms/watches_something": watches_something,
    "alarms/reaches_somebody": reaches_somebody,
    "alarms/key_lets_tell": key_lets_tell,
    "alarms/notices_somebody": notices_somebody,
    "alarms/can_go_on": can_go_on,
    "alarms/everything_watched": everything_watched,
    "alarms/metric_watched": metric_watched,
}


def _alarm(stack: TerraformStack, **fields: object) -> None:
    given = {
        "alarm_name": "errors", "alarm_description": RUNBOOK, "treat_missing_data": "notBreaching",
        "namespace": "AWS/Lambda", "metric_name": "Errors", "dimensions": {"FunctionName": "rotate"},
        "statistic": "Sum", "period": 300, "evaluation_periods": 1,
        "comparison_operator": "GreaterThanThreshold", "threshold": 0,
    }  # fmt: skip
    aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(stack, "Alarm", **{**given, **fields})


def _query(name: str, metric: str) -> object:
    found = aws.cloudwatch_metric_alarm.CloudwatchMetricAlarmMetricQueryMetric(
        namespace="AWS/Lambda",
        metric_name=metric,
        period=300,
        stat="Sum",
        dimensions={"FunctionName": "rotate"},
    )
    return aws.cloudwatch_metric_alarm.CloudwatchMetricAlarmMetricQuery(id=name, metric=found)


def _lets(service: str, actions: list[str], resource: str) -> Any:
    allowed = {
        "Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": actions,
        "Resource": resource,
    }  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
