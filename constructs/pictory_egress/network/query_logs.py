"""DNS query logs: every name that was asked for in the VPC, and whether it was answered."""

from pictory_egress.cdk import Construct, aws
from pictory_egress.log_delivery import DeliveredLogs


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
        logs = DeliveredLogs(
            self,
            group_name=f"/{name}/dns-queries",
            policy_name=f"{name}-dns-queries",
            sid="WriteQueryLog",
            region=region,
            account_id=account_id,
            retention_days=retention_days,
            logs_key_arn=logs_key_arn,
        )
        config = aws.route53_resolver_query_log_config.Route53ResolverQueryLogConfig(
            self, "Config", name=name, destination_arn=logs.group.arn, depends_on=[logs.delivery]
        )
        aws.route53_resolver_query_log_config_association.Route53ResolverQueryLogConfigAssociation(
            self, "OnVpc", resolver_query_log_config_id=config.id, resource_id=vpc_id
        )
        self.log_group_name: str = logs.group.name
