"""Snippets for the policies of the way out: the network, its names and its groups."""

import json
from typing import Any

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet
from tests.policies.snippets.surroundings import ACCOUNT, function, log_group, subnet, vpc


def https_only(stack: TerraformStack, broken: bool) -> None:
    group = aws.security_group.SecurityGroup(stack, "Group", vpc_id=vpc(stack).id)
    port = 80 if broken else 443
    aws.vpc_security_group_egress_rule.VpcSecurityGroupEgressRule(
        stack, "Out", security_group_id=group.id, cidr_ipv4="0.0.0.0/0", ip_protocol="tcp", from_port=port, to_port=port,
    )  # fmt: skip


def default_group_closed(stack: TerraformStack, broken: bool) -> None:
    everything = aws.default_security_group.DefaultSecurityGroupEgress(
        protocol="-1", from_port=0, to_port=0, cidr_blocks=["0.0.0.0/0"]
    )
    aws.default_security_group.DefaultSecurityGroup(
        stack, "DefaultGroup", vpc_id=vpc(stack).id, egress=[everything] if broken else None
    )


def flow_logs(stack: TerraformStack, broken: bool) -> None:
    aws.flow_log.FlowLog(
        stack, "FlowLog", vpc_id=vpc(stack).id, traffic_type="REJECT" if broken else "ALL",
        log_destination=log_group(stack).arn,
    )  # fmt: skip


def no_public_addresses(stack: TerraformStack, broken: bool) -> None:
    aws.subnet.Subnet(
        stack, "Subnet", vpc_id=vpc(stack).id, cidr_block="10.0.1.0/24", map_public_ip_on_launch=broken
    )


def fixed_addresses(stack: TerraformStack, broken: bool) -> None:
    address = aws.eip.Eip(stack, "Address", domain="vpc")
    aws.nat_gateway.NatGateway(
        stack, "Nat", subnet_id=subnet(stack, "a").id, allocation_id=None if broken else address.id
    )


def network_acls(stack: TerraformStack, broken: bool) -> None:
    acl = aws.network_acl.NetworkAcl(stack, "Acl", vpc_id=vpc(stack).id, subnet_ids=[subnet(stack, "a").id])
    aws.network_acl_rule.NetworkAclRule(
        stack, "Out", network_acl_id=acl.id, rule_number=100, rule_action="allow", egress=True,
        cidr_block="0.0.0.0/0", protocol="tcp", from_port=0 if broken else 443, to_port=443,
    )  # fmt: skip


def private_endpoints(stack: TerraformStack, broken: bool) -> None:
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "kms:Decrypt",
        "Resource": "*",
    }
    if not broken:
        statement |= {"Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}}
    aws.vpc_endpoint_policy.VpcEndpointPolicy(
        stack, "Calls", vpc_endpoint_id=_endpoint(stack, "kms").id,
        policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )  # fmt: skip


def one_port(stack: TerraformStack, broken: bool) -> None:
    callers = aws.security_group.SecurityGroupIngress(
        protocol="tcp", from_port=443, to_port=8443 if broken else 443, cidr_blocks=["10.1.0.0/16"]
    )
    aws.security_group.SecurityGroup(stack, "Group", vpc_id=vpc(stack).id, ingress=[callers])


def known_callers(stack: TerraformStack, broken: bool) -> None:
    group = aws.security_group.SecurityGroup(stack, "Group", vpc_id=vpc(stack).id)
    aws.security_group_rule.SecurityGroupRule(
        stack, "Callers", type="ingress", security_group_id=group.id, protocol="tcp", from_port=443, to_port=443,
        cidr_blocks=["0.0.0.0/0" if broken else "10.1.0.0/16"],
    )  # fmt: skip


def main_tables_closed(stack: TerraformStack, broken: bool) -> None:
    network = vpc(stack)
    gateway = aws.internet_gateway.InternetGateway(stack, "Internet", vpc_id=network.id)
    out = aws.default_route_table.DefaultRouteTableRoute(cidr_block="0.0.0.0/0", gateway_id=gateway.id)
    aws.default_route_table.DefaultRouteTable(
        stack,
        "MainTable",
        default_route_table_id=network.default_route_table_id,
        route=[out] if broken else [],
    )
    aws.default_network_acl.DefaultNetworkAcl(
        stack, "DefaultAcl", default_network_acl_id=network.default_network_acl_id
    )


def names_logged(stack: TerraformStack, broken: bool) -> None:
    config = aws.route53_resolver_query_log_config.Route53ResolverQueryLogConfig(
        stack, "Queries", name="queries", destination_arn=log_group(stack).arn
    )
    network = vpc(stack)
    if not broken:
        aws.route53_resolver_query_log_config_association.Route53ResolverQueryLogConfigAssociation(
            stack, "QueriesOfVpc", resolver_query_log_config_id=config.id, resource_id=network.id
        )


def names_inside(stack: TerraformStack, broken: bool) -> None:
    vpc(stack).enable_dns_hostnames = not broken
    _endpoint(stack, "kms")


def own_group(stack: TerraformStack, broken: bool) -> None:
    group = aws.security_group.SecurityGroup(stack, "Group", vpc_id=vpc(stack).id)
    aws.lb.Lb(
        stack, "Balancer", internal=True, subnets=[subnet(stack, "a").id, subnet(stack, "b").id],
        security_groups=None if broken else [group.id],
    )  # fmt: skip


def several_zones(stack: TerraformStack, broken: bool) -> None:
    beside = aws.subnet.Subnet(
        stack, "Beside", vpc_id=vpc(stack).id, availability_zone=subnet(stack, "a").availability_zone,
        cidr_block="10.0.2.0/24",
    )  # fmt: skip
    subnets = [subnet(stack, "a").id, beside.id if broken else subnet(stack, "b").id]
    aws.ecs_service.EcsService(
        stack, "Service", name="gateway", launch_type="FARGATE",
        network_configuration=aws.ecs_service.EcsServiceNetworkConfiguration(subnets=subnets),
    )  # fmt: skip


def routed(stack: TerraformStack, broken: bool) -> None:
    inside = subnet(stack, "a")
    gateway = aws.egress_only_internet_gateway.EgressOnlyInternetGateway(
        stack, "Internet6", vpc_id=vpc(stack).id
    )
    routes = [aws.route_table.RouteTableRoute(cidr_block="0.0.0.0/0", nat_gateway_id="nat-1")]
    if broken:
        routes.append(
            aws.route_table.RouteTableRoute(ipv6_cidr_block="::/0", egress_only_gateway_id=gateway.id)
        )
    table = aws.route_table.RouteTable(stack, "Table", vpc_id=vpc(stack).id, route=routes)
    aws.route_table_association.RouteTableAssociation(
        stack, "TableOfSubnet", subnet_id=inside.id, route_table_id=table.id
    )
    aws.ecs_service.EcsService(
        stack, "Service", name="gateway", network_configuration={"subnets": [inside.id]}
    )


def endpoints_used(stack: TerraformStack, broken: bool) -> None:
    secret = aws.secretsmanager_secret.SecretsmanagerSecret(stack, "Secret", name="pictory")
    function(
        stack,
        environment={"variables": {"SECRET_ARN": secret.arn}},
        vpc_config={"subnet_ids": [subnet(stack, "a").id], "security_group_ids": ["sg-1"]},
    )
    _endpoint(stack, "kms" if broken else "secretsmanager")


def dns_firewall(stack: TerraformStack, broken: bool) -> None:
    rules = aws.route53_resolver_firewall_rule_group.Route53ResolverFirewallRuleGroup(
        stack, "Rules", name="names"
    )
    for priority, action, names in ((1, "ALLOW", "*.pictory.ai."), (2, "ALERT" if broken else "BLOCK", "*")):
        domains = aws.route53_resolver_firewall_domain_list.Route53ResolverFirewallDomainList(
            stack, f"Names{priority}", name=f"names-{priority}", domains=[names]
        )
        aws.route53_resolver_firewall_rule.Route53ResolverFirewallRule(
            stack, f"Rule{priority}", name=f"rule-{priority}", priority=priority, action=action,
            block_response="NXDOMAIN" if action == "BLOCK" else None,
            firewall_rule_group_id=rules.id, firewall_domain_list_id=domains.id,
        )  # fmt: skip
    aws.route53_resolver_firewall_rule_group_association.Route53ResolverFirewallRuleGroupAssociation(
        stack, "RulesOfVpc", name="names", priority=101, firewall_rule_group_id=rules.id, vpc_id=vpc(stack).id
    )


SNIPPETS: dict[str, Snippet] = {
    "egress/https_only": https_only,
    "egress/default_group_closed": default_group_closed,
    "egress/flow_logs": flow_logs,
    "egress/dns_firewall": dns_firewall,
    "egress/no_public_addresses": no_public_addresses,
    "egress/fixed_addresses": fixed_addresses,
    "egress/network_acls": network_acls,
    "egress/private_endpoints": private_endpoints,
    "egress/one_port": one_port,
    "egress/known_callers": known_callers,
    "egress/main_tables_closed": main_tables_closed,
    "egress/names_logged": names_logged,
    "egress/names_inside": names_inside,
    "egress/own_group": own_group,
    "egress/several_zones": several_zones,
    "egress/routed": routed,
    "egress/endpoints_used": endpoints_used,
}


def _endpoint(stack: TerraformStack, service: str) -> Any:
    return aws.vpc_endpoint.VpcEndpoint(
        stack, "Endpoint", vpc_id=vpc(stack).id, service_name=f"com.amazonaws.us-east-2.{service}",
        vpc_endpoint_type="Interface", private_dns_enabled=True,
    )  # fmt: skip
