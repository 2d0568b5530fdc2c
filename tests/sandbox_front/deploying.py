"""Deploys a load balancer, and the product's own firewall before it, as Terraform would."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pictory_egress.api import Catalog
from pictory_egress.firewall import responses
from pictory_egress.firewall.defaults import SECRET_HEADERS
from pictory_egress.firewall.rules import web_acl_rules
from pictory_egress.firewall.settings import FirewallSettings
from sandbox.front import Clients

REGION = "us-east-2"
NAME = "pictory-egress-test"

# The Terraform provider's names where they are not simply AWS's in snake case.
_NAMES = {
    "ip_set_reference_statement": "IPSetReferenceStatement", "arn": "ARN", "text_transformation": "TextTransformations",
    "rule_action_override": "RuleActionOverrides", "custom_key": "CustomKeys", "response_header": "ResponseHeaders",
    "cloudwatch_metrics_enabled": "CloudWatchMetricsEnabled",
}  # fmt: skip


def aws_form(value: Any) -> Any:
    """What the provider sends to AWS for a rule in the provider's own form."""
    if isinstance(value, list):
        return [aws_form(each) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"not_statement"}:
        return {"NotStatement": {"Statement": aws_form(value["not_statement"]["statement"][0])}}
    for kind in ("and_statement", "or_statement"):
        if set(value) == {kind}:
            name = "AndStatement" if kind == "and_statement" else "OrStatement"
            return {name: {"Statements": aws_form(value[kind]["statement"])}}
    return {
        _NAMES.get(k, "".join(p.capitalize() for p in k.split("_"))): aws_form(v) for k, v in value.items()
    }


@dataclass
class World:
    """What was deployed, by ARN."""

    clients: Clients
    name: str
    load_balancer: str
    listener: str
    target_group: str
    acl: str = ""


@dataclass(frozen=True)
class Region:
    """An empty AWS in this process, with a network; everything in it is named anew for each test."""

    clients: Clients
    vpc: str
    subnets: tuple[str, ...]
    certificate: str
    numbers: Iterator[int]


def new_region(client: Callable[[str], Any]) -> Region:
    """A network in the AWS that ``client`` speaks with."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = tuple(
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")[
            "Subnet"
        ]["SubnetId"]
        for n, zone in enumerate("ab")
    )
    certificate = client("acm").request_certificate(DomainName="a.example")["CertificateArn"]
    clients = Clients(
        elbv2=client("elbv2"), wafv2=client("wafv2"), logs=client("logs"), cloudwatch=client("cloudwatch")
    )
    return Region(clients, vpc, subnets, certificate, itertools.count())


def deploy(region: Region) -> World:
    """A load balancer as the gateway's construct deploys it, without a web ACL."""
    clients, name = region.clients, f"{NAME}-{next(region.numbers)}"
    balancer = clients.elbv2.create_load_balancer(Name=name, Subnets=region.subnets, Scheme="internal")
    arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    clients.elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=arn,
        Attributes=[
            {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"},
            {"Key": "idle_timeout.timeout_seconds", "Value": "60"},
        ],
    )
    group = clients.elbv2.create_target_group(
        Name=name, Protocol="HTTPS", Port=8443, VpcId=region.vpc, TargetType="ip", HealthCheckProtocol="HTTPS",
        HealthCheckPath="/healthz", HealthCheckIntervalSeconds=10, HealthCheckTimeoutSeconds=5,
        HealthyThresholdCount=2, UnhealthyThresholdCount=2, Matcher={"HttpCode": "200"},
    )["TargetGroups"][0]["TargetGroupArn"]  # fmt: skip
    clients.elbv2.modify_target_group_attributes(
        TargetGroupArn=group,
        Attributes=[
            {"Key": "deregistration_delay.timeout_seconds", "Value": "5"},
            {"Key": "load_balancing.algorithm.type", "Value": "least_outstanding_requests"},
        ],
    )
    listener = clients.elbv2.create_listener(
        LoadBalancerArn=arn, Protocol="HTTPS", Port=443, SslPolicy="ELBSecurityPolicy-TLS13-1-3-2021-06",
        Certificates=[{"CertificateArn": region.certificate}],
        DefaultActions=[
            {
                "Type": "fixed-response",
                "FixedResponseConfig": {
                    "StatusCode": "403", "ContentType": "application/json", "MessageBody": '{"code":"elsewhere"}',
                },
            }
        ],
    )["Listeners"][0]["ListenerArn"]  # fmt: skip
    clients.elbv2.create_rule(
        ListenerArn=listener, Priority=10,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/pictoryapis/*"]}}],
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
    )  # fmt: skip
    return World(clients, name, arn, listener, group)


def protect(world: World, *, rate_per_credential: int, token_endpoint: bool = False) -> World:
    """The product's own rules before ``world``, and their log."""
    settings = FirewallSettings(
        allowed_cidrs=("127.0.0.0/8",), rate_per_address=1_000_000, rate_per_credential=rate_per_credential
    )
    ip_set = world.clients.wafv2.create_ip_set(
        Name=world.name, Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=list(settings.allowed_cidrs)
    )["Summary"]["ARN"]
    rules = web_acl_rules(
        settings=settings,
        catalog=Catalog.with_additions(),
        ip_set_arns=[ip_set],
        token_endpoint=token_endpoint,
    )
    bodies = {
        each["key"]: aws_form({k: v for k, v in each.items() if k != "key"}) for each in responses.bodies()
    }
    world.acl = world.clients.wafv2.create_web_acl(
        Name=world.name, Scope="REGIONAL", Rules=aws_form(rules), CustomResponseBodies=bodies,
        DefaultAction=aws_form(responses.block(responses.OPERATION_UNKNOWN)),
        VisibilityConfig={"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": world.name},
    )["Summary"]["ARN"]  # fmt: skip
    world.clients.wafv2.associate_web_acl(WebACLArn=world.acl, ResourceArn=world.load_balancer)
    world.clients.logs.create_log_group(logGroupName=f"aws-waf-logs-{world.name}")
    redacted: list[Any] = [
        *({"SingleHeader": {"Name": name}} for name in SECRET_HEADERS),
        {"QueryString": {}},
    ]
    world.clients.wafv2.put_logging_configuration(
        LoggingConfiguration={
            "ResourceArn": world.acl,
            "LogDestinationConfigs": [f"arn:aws:logs:{REGION}:123456789012:log-group:aws-waf-logs-{world.name}"],
            "RedactedFields": redacted,
        }
    )  # fmt: skip
    return world
