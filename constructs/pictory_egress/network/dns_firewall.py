"""DNS Firewall: the VPC's resolver answers listed names only, so that DNS is no way out either."""

from collections.abc import Sequence

from pictory_egress.cdk import Construct, aws


class DnsFirewall(Construct):
    """Answers ``domains``, says of every other name that it does not exist, and fails closed."""

    def __init__(self, scope: Construct, id_: str, *, name: str, vpc_id: str, domains: Sequence[str]) -> None:
        super().__init__(scope, id_)
        group = aws.route53_resolver_firewall_rule_group.Route53ResolverFirewallRuleGroup(
            self, "Rules", name=name
        )
        aws.route53_resolver_firewall_rule.Route53ResolverFirewallRule(
            self,
            "Allow",
            name="allow-listed",
            priority=100,
            action="ALLOW",
            firewall_rule_group_id=group.id,
            firewall_domain_list_id=self._domains("Allowed", f"{name}-allowed", domains),
            # Pictory's names lead on to its content networks' names, which change without notice.
            firewall_domain_redirection_action="TRUST_REDIRECTION_DOMAIN",
        )
        aws.route53_resolver_firewall_rule.Route53ResolverFirewallRule(
            self,
            "Block",
            name="block-all-else",
            priority=200,
            action="BLOCK",
            block_response="NXDOMAIN",
            firewall_rule_group_id=group.id,
            firewall_domain_list_id=self._domains("All", f"{name}-all", ["*."]),
        )
        aws.route53_resolver_firewall_rule_group_association.Route53ResolverFirewallRuleGroupAssociation(
            self,
            "OnVpc",
            name=name,
            firewall_rule_group_id=group.id,
            vpc_id=vpc_id,
            priority=101,
        )
        aws.route53_resolver_firewall_config.Route53ResolverFirewallConfig(
            self, "FailClosed", resource_id=vpc_id, firewall_fail_open="DISABLED"
        )

    def _domains(self, id_: str, name: str, domains: Sequence[str]) -> str:
        domain_list = aws.route53_resolver_firewall_domain_list.Route53ResolverFirewallDomainList(
            self, id_, name=name, domains=list(domains)
        )
        return str(domain_list.id)
