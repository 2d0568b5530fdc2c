"""The firewall: an AWS WAF web ACL before the load balancer that blocks what nothing allows."""

import ipaddress
from collections.abc import Sequence
from typing import Any

from pictory_egress.api import Catalog
from pictory_egress.cdk import Construct, aws
from pictory_egress.firewall import responses
from pictory_egress.firewall.defaults import SECRET_HEADERS
from pictory_egress.firewall.logs import FirewallLogs
from pictory_egress.firewall.rules import visibility, web_acl_rules
from pictory_egress.firewall.settings import FirewallSettings

_SCOPE = "REGIONAL"


class Firewall(Construct):
    """A web ACL that lets callers of ``settings.allowed_cidrs`` call the operations of ``catalog``.

    Attributes
    ----------
    web_acl_arn, web_acl_name
        Of the web ACL; the name is also its ``WebACL`` dimension in CloudWatch.
    log_group_name
        Where each decision is logged, without credentials and query strings.

    Raises
    ------
    ValueError
        The catalog is too large for the capacity that AWS includes, or has a path too long for AWS WAF.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: FirewallSettings,
        name: str,
        region: str,
        catalog: Catalog,
        load_balancer_arn: str,
        logs_key_arn: str,
        token_endpoint: bool = False,
    ) -> None:
        super().__init__(scope, id_)
        acl = aws.wafv2_web_acl.Wafv2WebAcl(
            self,
            "WebAcl",
            name=name,
            description="Callers of the Pictory gateway",
            scope=_SCOPE,
            default_action={"block": {}},
            visibility_config=visibility(name),
        )
        # The bindings lose snake_case keys inside lists: what has lists goes past them, as Terraform reads it.
        acl.add_override("default_action", responses.block(responses.OPERATION_UNKNOWN))
        acl.add_override("custom_response_body", responses.bodies())
        acl.add_override("data_protection_config", _data_protection())
        ip_set_arns = self._ip_sets(name, settings.allowed_cidrs)
        acl.add_override(
            "rule",
            web_acl_rules(
                settings=settings, catalog=catalog, ip_set_arns=ip_set_arns, token_endpoint=token_endpoint
            ),
        )
        logs = FirewallLogs(
            self,
            "Logs",
            name=name,
            region=region,
            web_acl_arn=acl.arn,
            retention_days=settings.log_retention_days,
            logs_key_arn=logs_key_arn,
        )
        aws.wafv2_web_acl_association.Wafv2WebAclAssociation(
            self,
            "OnLoadBalancer",
            resource_arn=load_balancer_arn,
            web_acl_arn=acl.arn,
            # No request is decided on before its decision can be logged.
            depends_on=[logs.configuration],
        )
        self.web_acl_arn: str = acl.arn
        self.web_acl_name = name
        self.log_group_name = logs.log_group_name

    def _ip_sets(self, name: str, cidrs: Sequence[str]) -> list[str]:
        """ARNs of a set for each IP version that ``cidrs`` has: AWS WAF does not mix them."""
        arns = []
        for version in (4, 6):
            addresses = [cidr for cidr in cidrs if ipaddress.ip_network(cidr).version == version]
            if addresses:
                ip_set = aws.wafv2_ip_set.Wafv2IpSet(
                    self,
                    f"AllowedV{version}",
                    name=f"{name}-allowed-v{version}",
                    description=f"Callers of the Pictory gateway, IPv{version}",
                    scope=_SCOPE,
                    ip_address_version=f"IPV{version}",
                    addresses=addresses,
                )
                arns.append(ip_set.arn)
        return arns


def _data_protection() -> dict[str, Any]:
    """Strips secrets from everything WAF puts out, samples and rate details included; redaction does logs only."""
    fields: list[dict[str, Any]] = [
        {"field_type": "SINGLE_HEADER", "field_keys": list(SECRET_HEADERS)},
        {"field_type": "QUERY_STRING"},
        {"field_type": "BODY"},
    ]
    return {
        "data_protection": [
            {
                "action": "SUBSTITUTION",
                "exclude_rate_based_details": False,
                "exclude_rule_match_details": False,
                "field": field,
            }
            for field in fields
        ]
    }
