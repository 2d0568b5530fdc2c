"""DNS: which names are answered, and what happens to the others."""

from typing import Any

import pytest

from pictory_egress.api.hosts import API_HOST, ASSET_HOSTS, FORBIDDEN_HOSTS
from pictory_egress.network.dns_names import registry_hosts, resolvable

RULE = "aws_route53_resolver_firewall_rule"
LIST = "aws_route53_resolver_firewall_domain_list"
DNS_RESOURCES = (
    RULE,
    LIST,
    "aws_route53_resolver_firewall_rule_group",
    "aws_route53_resolver_firewall_rule_group_association",
    "aws_route53_resolver_firewall_config",
    "aws_route53_resolver_query_log_config",
    "aws_route53_resolver_query_log_config_association",
)


def test_names_when_listed_then_pictory_and_single_aws_services() -> None:
    names = resolvable(region="eu-west-1")
    assert f"{API_HOST}." in names
    # Only where there is a proxy for them.
    assert not {f"{host}." for host in ASSET_HOSTS} & set(names)
    assert "secretsmanager.eu-west-1.amazonaws.com." in names
    assert "*.dkr.ecr.eu-west-1.amazonaws.com." in names
    # Below these, anybody can have a bucket, an API or a load balancer.
    assert not {"*.amazonaws.com.", "*.eu-west-1.amazonaws.com.", "*.s3.eu-west-1.amazonaws.com."} & set(
        names
    )
    assert not {f"{host}." for host in FORBIDDEN_HOSTS} & set(names)


def test_names_when_listed_then_as_route53_gives_them_back() -> None:
    names = resolvable(region="eu-west-1", extra=["login.example.com", "login.example.com"])
    assert all(name.endswith(".") and not name.endswith("..") for name in names)
    assert names == sorted(set(names))
    assert "login.example.com." in names


def test_dns_firewall_when_made_then_all_but_listed_names_do_not_exist(made: Any) -> None:
    rules, lists = made.resources(RULE), made.resources(LIST)
    allow, block = rules["DnsFirewall/Allow"], rules["DnsFirewall/Block"]
    assert allow["priority"] < block["priority"]
    assert (allow["action"], block["action"], block["block_response"]) == ("ALLOW", "BLOCK", "NXDOMAIN")
    allowed, everything = lists["DnsFirewall/Allowed"], lists["DnsFirewall/All"]
    assert allow["firewall_domain_list_id"] == made.reference(allowed, LIST, "id")
    assert block["firewall_domain_list_id"] == made.reference(everything, LIST, "id")
    assert everything["domains"] == ["*."]
    assert {"api.pictory.ai.", "login.example.com."} < set(allowed["domains"])


def test_dns_firewall_when_made_then_on_the_vpc_and_fails_closed(made: Any) -> None:
    vpc = made.reference(made.one("aws_vpc"), "aws_vpc", "id")
    association = made.one("aws_route53_resolver_firewall_rule_group_association")
    config = made.one("aws_route53_resolver_firewall_config")
    assert association["vpc_id"] == config["resource_id"] == vpc
    assert config["firewall_fail_open"] == "DISABLED"


def test_queries_when_asked_then_logged_encrypted(made: Any) -> None:
    group = made.resources("aws_cloudwatch_log_group")["QueryLogs/Group"]
    config = made.one("aws_route53_resolver_query_log_config")
    assert config["destination_arn"] == made.reference(group, "aws_cloudwatch_log_group", "arn")
    assert group["kms_key_id"].startswith("arn:aws:kms:")
    association = made.one("aws_route53_resolver_query_log_config_association")
    assert association["resource_id"] == made.reference(made.one("aws_vpc"), "aws_vpc", "id")


def test_dns_firewall_when_turned_off_then_left_out_whole(synthesize: Any, new_vpc: Any) -> None:
    result = synthesize({**new_vpc, "dns_firewall": False})
    assert [type_ for type_ in DNS_RESOURCES if result.resources(type_)] == []


@pytest.mark.parametrize(
    ("image", "hosts"),
    [
        ("111111111111.dkr.ecr.eu-west-1.amazonaws.com/envoy@sha256:0", ()),
        ("public.ecr.aws/company/envoy@sha256:0", ("public.ecr.aws", "d5l0dvt14r5h8.cloudfront.net")),
        ("ghcr.io/company/envoy@sha256:0", ("ghcr.io",)),
        ("registry.example.com:5000/envoy@sha256:0", ("registry.example.com",)),
    ],
)
def test_registry_when_named_by_an_image_then_its_host_is_resolved(
    image: str, hosts: tuple[str, ...]
) -> None:
    assert registry_hosts(image) == hosts


@pytest.mark.parametrize(
    "image", ["docker.io/envoyproxy/envoy@sha256:0", "envoyproxy/envoy@sha256:0", "envoy"]
)
def test_registry_when_docker_hub_then_its_login_and_layers_are_resolved_too(image: str) -> None:
    assert {"auth.docker.io", "registry-1.docker.io", "production.cloudflare.docker.com"} < set(
        registry_hosts(image)
    )
