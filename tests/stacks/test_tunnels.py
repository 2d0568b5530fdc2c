"""The load balancer for tunnels, as synthesized: in production, and not where nobody asked for it."""

import json
from typing import Any

import pytest

Stacks = dict[str, dict[str, Any]]


def made(stacks: Stacks, kind: str, name: str = "prod") -> dict[str, Any]:
    (found,) = [one for key, one in stacks[name]["resource"][kind].items() if "Tunnels" in key]
    return dict(found)


def test_load_balancer_when_synthesized_then_it_is_internal_logged_and_kept(stacks: Stacks) -> None:
    balancer = made(stacks, "aws_lb")
    assert (balancer["load_balancer_type"], balancer["internal"]) == ("network", True)
    assert balancer["enable_cross_zone_load_balancing"] is True
    assert balancer["enable_deletion_protection"] is True
    assert balancer["access_logs"]["enabled"] is True
    assert len(balancer["name"]) <= 32
    # Where it has none at first, it can never be given one.
    assert balancer["security_groups"]


def test_listener_when_synthesized_then_tls_1_3_outside_and_tls_inside(stacks: Stacks) -> None:
    listener, group = made(stacks, "aws_lb_listener"), made(stacks, "aws_lb_target_group")
    assert (listener["port"], listener["protocol"]) == (443, "TLS")
    assert listener["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-3-2021-06"
    assert listener["certificate_arn"]
    assert (group["port"], group["protocol"], group["health_check"]["protocol"]) == (8444, "TLS", "HTTPS")


def test_service_when_synthesized_then_both_load_balancers_call_envoy(stacks: Stacks) -> None:
    (service,) = stacks["prod"]["resource"]["aws_ecs_service"].values()
    assert {(one["container_name"], one["container_port"]) for one in service["load_balancer"]} == {
        ("envoy", 8443), ("envoy", 8444)
    }  # fmt: skip
    (task,) = stacks["prod"]["resource"]["aws_ecs_task_definition"].values()
    (envoy,) = [one for one in json.loads(task["container_definitions"]) if one["name"] == "envoy"]
    assert [port["containerPort"] for port in envoy["portMappings"]] == [8443, 8444]


def test_log_bucket_when_synthesized_then_both_load_balancers_may_write(stacks: Stacks) -> None:
    (policy,) = [
        one["policy"]
        for key, one in stacks["prod"]["resource"]["aws_s3_bucket_policy"].items()
        if "Access" in key
    ]
    writers = {
        statement["Principal"]["Service"]
        for statement in json.loads(policy)["Statement"]
        if statement["Effect"] == "Allow"
    }
    assert writers == {"logdelivery.elasticloadbalancing.amazonaws.com", "delivery.logs.amazonaws.com"}


def test_names_when_there_is_a_proxy_then_the_resolver_answers_asset_hosts(stacks: Stacks) -> None:
    def names(environment: str) -> set[str]:
        lists = stacks[environment]["resource"]["aws_route53_resolver_firewall_domain_list"].values()
        return {name for one in lists for name in one["domains"]}

    assert "video.pictory.ai." in names("prod")
    assert "video.pictory.ai." not in names("dev")


@pytest.mark.parametrize("name", ["dev", "staging"])
def test_environment_when_it_has_no_proxy_then_nothing_is_made_for_it(stacks: Stacks, name: str) -> None:
    assert "Tunnel" not in json.dumps(stacks[name]["resource"])
    assert "8444" not in json.dumps(stacks[name]["resource"]["aws_vpc_security_group_ingress_rule"])
