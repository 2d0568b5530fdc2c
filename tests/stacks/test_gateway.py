"""The gateway's load balancer, tasks and roles, as synthesized for production."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from pictory_egress.gateway.packing import unpack

Stacks = dict[str, dict[str, Any]]
DANGEROUS = {"*", "secretsmanager:*", "kms:*", "ecr:*", "logs:*"}


def resources(stacks: Stacks, kind: str, name: str = "prod") -> dict[str, Any]:
    found = stacks[name]["resource"][kind].items()
    return {key: value for key, value in found if "Gateway" in key and "Tunnels" not in key}


def only(stacks: Stacks, kind: str, name: str = "prod") -> dict[str, Any]:
    (resource,) = resources(stacks, kind, name).values()
    return dict(resource)


@pytest.fixture(scope="session")
def containers(stacks: Stacks) -> dict[str, dict[str, Any]]:
    text = only(stacks, "aws_ecs_task_definition")["container_definitions"]
    return {container["name"]: container for container in json.loads(text)}


def statements(stacks: Stacks) -> Iterator[dict[str, Any]]:
    for policy in resources(stacks, "aws_iam_role_policy").values():
        yield from json.loads(policy["policy"])["Statement"]


def test_load_balancer_when_synthesized_then_it_is_internal_and_fails_closed(stacks: Stacks) -> None:
    balancer = only(stacks, "aws_lb")
    assert balancer["internal"] is True
    assert balancer["drop_invalid_header_fields"] is True
    assert balancer["enable_waf_fail_open"] is False
    assert balancer["access_logs"]["enabled"] is True
    assert balancer["desync_mitigation_mode"] == "strictest"


def test_listener_when_synthesized_then_it_speaks_tls_1_3_only_and_refuses_other_paths(
    stacks: Stacks,
) -> None:
    listener = only(stacks, "aws_lb_listener")
    assert (listener["port"], listener["protocol"]) == (443, "HTTPS")
    assert listener["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-3-2021-06"
    (action,) = listener["default_action"]
    assert (action["type"], action["fixed_response"]["status_code"]) == ("fixed-response", "403")
    rule = only(stacks, "aws_lb_listener_rule")
    assert rule["condition"] == [{"path_pattern": {"values": ["/pictoryapis/*"]}}]


def test_targets_when_synthesized_then_the_load_balancer_reaches_them_by_tls(stacks: Stacks) -> None:
    group = only(stacks, "aws_lb_target_group")
    assert (group["protocol"], group["health_check"]["protocol"]) == ("HTTPS", "HTTPS")


def test_security_groups_when_synthesized_then_tasks_take_calls_from_the_load_balancer_only(
    stacks: Stacks,
) -> None:
    rules = resources(stacks, "aws_vpc_security_group_ingress_rule")
    (to_tasks,) = [rule for rule in rules.values() if rule["from_port"] == 8443]
    assert "referenced_security_group_id" in to_tasks
    assert not {"cidr_ipv4", "cidr_ipv6"} & set(to_tasks)
    callers = [
        rule["cidr_ipv4"] for rule in rules.values() if rule["from_port"] == 443 and "cidr_ipv4" in rule
    ]
    assert callers == ["10.0.0.0/8"]


@pytest.mark.parametrize("name", ["prepare", "inspector", "inspector-2", "envoy", "sidecar"])
def test_container_when_synthesized_then_it_can_do_nothing_but_its_work(
    containers: dict[str, dict[str, Any]], name: str
) -> None:
    container = containers[name]
    assert container["readonlyRootFilesystem"] is True
    # The one that reads what strangers send is somebody else than those who keep the key.
    assert container["user"] == ("65533:65532" if name.startswith("inspector") else "65532:65532")
    assert container["privileged"] is False
    assert container["linuxParameters"]["capabilities"] == {"add": [], "drop": ["ALL"]}
    assert "@sha256:" in container["image"]
    assert "secrets" not in container


def test_containers_when_ordered_then_the_sidecar_stops_before_envoy(
    containers: dict[str, dict[str, Any]],
) -> None:
    assert containers["envoy"]["dependsOn"] == [
        {"containerName": "prepare", "condition": "SUCCESS"},
        {"containerName": "inspector", "condition": "HEALTHY"},
        {"containerName": "inspector-2", "condition": "HEALTHY"},
    ]
    assert containers["sidecar"]["dependsOn"] == [{"containerName": "envoy", "condition": "START"}]
    drain = int({e["name"]: e["value"] for e in containers["sidecar"]["environment"]}["DRAIN_SECONDS"])
    assert drain < containers["sidecar"]["stopTimeout"] <= 120


@pytest.mark.parametrize("name", ["inspector", "inspector-2"])
def test_inspector_when_synthesized_then_it_knows_its_rules_and_nothing_else(
    containers: dict[str, dict[str, Any]], name: str
) -> None:
    inspector = containers[name]
    known = {each["name"] for each in inspector["environment"]}
    assert known == {"INSPECTION", "INSPECTOR_SOCKET", "RUN_DIRECTORY"}
    assert inspector["memory"] == 96
    # One that ECS does not start again takes its task with it: that is drained, and replaced by a whole one.
    assert inspector["essential"] is True
    assert inspector["restartPolicy"]["enabled"] is True
    assert inspector["command"] == ["inspect"]


def test_inspectors_when_synthesized_then_name_and_socket_differ(
    containers: dict[str, dict[str, Any]],
) -> None:
    first, second = dict(containers["inspector"]), dict(containers["inspector-2"])
    sockets = []
    for inspector in (first, second):
        inspector.pop("name")
        variables = {each["name"]: each["value"] for each in inspector.pop("environment")}
        sockets.append(variables.pop("INSPECTOR_SOCKET"))
        inspector["variables"] = variables
    assert first == second
    assert len(set(sockets)) == 2


def test_envoy_when_synthesized_then_it_reads_what_prepare_alone_is_given(
    containers: dict[str, dict[str, Any]],
) -> None:
    variables = {
        name: {each["name"]: each["value"] for each in one["environment"]} for name, one in containers.items()
    }
    assert [name for name in variables if "ENVOY_CONFIGURATION" in variables[name]] == ["prepare"]
    configuration = unpack(variables["prepare"]["ENVOY_CONFIGURATION"])
    assert configuration["node"]["id"] == "pictory-egress-prod"
    file = containers["envoy"]["command"][containers["envoy"]["command"].index("--config-path") + 1]
    assert file == f"{variables['prepare']['RUN_DIRECTORY']}/envoy.json"


def test_envoy_when_synthesized_then_its_environment_is_empty(containers: dict[str, dict[str, Any]]) -> None:
    assert containers["envoy"]["environment"] == []


@pytest.mark.parametrize("name", ["sandbox", "dev", "staging", "prod"])
def test_task_definition_when_synthesized_then_ecs_takes_its_size(stacks: Stacks, name: str) -> None:
    assert len(only(stacks, "aws_ecs_task_definition", name)["container_definitions"].encode()) < 65_536


def test_service_when_synthesized_then_it_rolls_back_and_waits_for_the_forwarding_rule(
    stacks: Stacks,
) -> None:
    service = only(stacks, "aws_ecs_service")
    assert service["deployment_circuit_breaker"] == {"enable": True, "rollback": True}
    assert service["enable_execute_command"] is False
    assert service["network_configuration"]["assign_public_ip"] is False
    (rule,) = resources(stacks, "aws_lb_listener_rule")
    assert f"aws_lb_listener_rule.{rule}" in service["depends_on"]


def test_roles_when_synthesized_then_no_action_is_a_star_and_only_the_registry_token_takes_any_resource(
    stacks: Stacks,
) -> None:
    for each in statements(stacks):
        assert not DANGEROUS & set(each["Action"]), each
        if "*" in each["Resource"]:
            assert each["Action"] == ["ecr:GetAuthorizationToken"]


def test_task_role_when_synthesized_then_it_reads_one_secret(stacks: Stacks) -> None:
    readers = [
        each for each in statements(stacks) if any(a.startswith("secretsmanager:") for a in each["Action"])
    ]
    (reader,) = readers
    assert set(reader["Action"]) == {"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"}
    (resource,) = reader["Resource"]
    assert "Credentials_Secrets_Pictory" in resource or "aws_secretsmanager_secret." in resource
    assert "Candidate" not in resource


def test_access_logs_when_synthesized_then_the_bucket_is_private_and_takes_tls_only(stacks: Stacks) -> None:
    block = only(stacks, "aws_s3_bucket_public_access_block")
    assert all(block[key] for key in ("block_public_acls", "block_public_policy", "ignore_public_acls"))
    policy = json.loads(only(stacks, "aws_s3_bucket_policy")["policy"])
    assert any(
        each["Effect"] == "Deny" and "aws:SecureTransport" in str(each) for each in policy["Statement"]
    )
