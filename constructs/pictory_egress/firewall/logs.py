"""The web ACL's log: encrypted, kept as long as the environment says, without secrets."""

from pictory_egress.arns import account_of
from pictory_egress.cdk import Construct, aws
from pictory_egress.firewall.defaults import SECRET_HEADERS
from pictory_egress.log_delivery import DeliveredLogs


class FirewallLogs(Construct):
    """A log group, AWS's permission to write to it, and the web ACL's configuration to do so.

    Attributes
    ----------
    log_group_name
        ``aws-waf-logs-<name>``: AWS WAF takes no group with another beginning.
    configuration
        What must exist for decisions to be logged.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        region: str,
        web_acl_arn: str,
        retention_days: int,
        logs_key_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        logs = DeliveredLogs(
            self,
            group_name=f"aws-waf-logs-{name}",
            policy_name=f"{name}-waf-logs",
            sid="WriteFirewallLog",
            region=region,
            account_id=account_of(logs_key_arn),
            retention_days=retention_days,
            logs_key_arn=logs_key_arn,
        )
        self.configuration = aws.wafv2_web_acl_logging_configuration.Wafv2WebAclLoggingConfiguration(
            self,
            "Configuration",
            resource_arn=web_acl_arn,
            log_destination_configs=[logs.group.arn],
            depends_on=[logs.delivery],
        )
        headers = [{"single_header": {"name": header}} for header in SECRET_HEADERS]
        # Past the bindings, which lose snake_case keys inside lists.
        self.configuration.add_override("redacted_fields", [*headers, {"query_string": {}}])
        self.log_group_name: str = logs.group.name
