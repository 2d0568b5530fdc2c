"""DNS query logs: every name that was asked for in the VPC, and whether it was answered."""

from pictory_egress.cdk import Construct, aws
from pictory_egress.iam import document, statement


class QueryLogs(Construct):
    """Queries of a VPC in an encrypted log group.

    Attributes
    ----------
    log_group_name
        Where they are; blocked ones have ``firewall_rule_action`` ``BLOCK``.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        region: str,
        account_id: str,
        vpc_id: str,
        retention_days: int,
        logs_key_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        group = aws.cloudwatch_log_group.CloudwatchLogGroup(
            self,
            "Group",
            name=f"/{name}/dns-queries",
            retention_in_days=retention_days,
            kms_key_id=logs_key_arn,
        )
        delivery = aws.cloudwatch_log_resource_policy.CloudwatchLogResourcePolicy(
            self,
            "Delivery",
            policy_name=f"{name}-dns-queries",
            policy_document=document(
                statement(
                    "WriteQueryLog",
                    principals={"Service": "delivery.logs.amazonaws.com"},
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[f"{group.arn}:*"],
                    conditions={
                        "StringEquals": {"aws:SourceAccount": account_id},
                        "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{region}:{account_id}:*"},
                    },
                )
            ),
        )
        config = aws.route53_resolver_query_log_config.Route53ResolverQueryLogConfig(
            self, "Config", name=name, destination_arn=group.arn, depends_on=[delivery]
        )
        aws.route53_resolver_query_log_config_association.Route53ResolverQueryLogConfigAssociation(
            self, "OnVpc", resolver_query_log_config_id=config.id, resource_id=vpc_id
        )
        self.log_group_name: str = group.name
