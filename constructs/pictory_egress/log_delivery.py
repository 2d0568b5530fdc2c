"""Log groups that an AWS service writes into by itself: encrypted, and open to that service of this account alone."""

from pictory_egress.cdk import Construct, aws
from pictory_egress.iam import document, statement


class DeliveredLogs:
    """A log group ``Group`` and the policy ``Delivery`` beside it, both children of ``scope``.

    Attributes
    ----------
    group
        The log group.
    delivery
        What must exist before anything is written: an AWS service checks it when it is told to log.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        group_name: str,
        policy_name: str,
        sid: str,
        region: str,
        account_id: str,
        retention_days: int,
        logs_key_arn: str,
    ) -> None:
        self.group = aws.cloudwatch_log_group.CloudwatchLogGroup(
            scope,
            "Group",
            name=group_name,
            retention_in_days=retention_days,
            kms_key_id=logs_key_arn,
        )
        write = statement(
            sid,
            principals={"Service": "delivery.logs.amazonaws.com"},
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"{self.group.arn}:*"],
            conditions={
                "StringEquals": {"aws:SourceAccount": account_id},
                "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{region}:{account_id}:*"},
            },
        )
        self.delivery = aws.cloudwatch_log_resource_policy.CloudwatchLogResourcePolicy(
            scope, "Delivery", policy_name=policy_name, policy_document=document(write)
        )
