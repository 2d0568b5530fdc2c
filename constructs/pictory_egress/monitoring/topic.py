"""The topic that people are told through."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from pictory_egress.cdk import Construct, aws
from pictory_egress.iam import document, statement


class AlarmTopic(Construct):
    """An SNS topic under a customer key, which only this environment's alarms and notices may publish to.

    With SNS's own key, alarms could not use it and their messages would be lost without a trace.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        region: str,
        account_id: str,
        key_arn: str,
        emails: Sequence[str],
    ) -> None:
        super().__init__(scope, id_)
        topic = aws.sns_topic.SnsTopic(
            self,
            "Topic",
            name=f"{name}-alarms",
            display_name=name,
            kms_master_key_id=key_arn,
        )
        self.arn: str = topic.arn
        self.policy: Any = aws.sns_topic_policy.SnsTopicPolicy(
            self, "Policy", arn=topic.arn, policy=_policy(topic.arn, name, region, account_id)
        )
        for index, email in enumerate(emails):
            aws.sns_topic_subscription.SnsTopicSubscription(
                self, f"Email{index}", topic_arn=topic.arn, protocol="email", endpoint=email
            )


def _policy(topic_arn: str, name: str, region: str, account_id: str) -> str:
    publish = partial(statement, actions=["sns:Publish"], resources=[topic_arn])
    return document(
        publish(
            "AlarmsPublish",
            principals={"Service": "cloudwatch.amazonaws.com"},
            conditions={
                "StringEquals": {"aws:SourceAccount": account_id},
                "ArnLike": {"aws:SourceArn": f"arn:*:cloudwatch:{region}:{account_id}:alarm:{name}-*"},
            },
        ),
        # No condition: EventBridge gives SNS no source to compare, and messages would be dropped.
        publish("NoticesPublish", principals={"Service": "events.amazonaws.com"}),
        publish(
            "DenyWithoutTls",
            effect="Deny",
            principals="*",
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        ),
    )
