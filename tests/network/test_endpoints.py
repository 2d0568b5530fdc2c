"""VPC endpoints: which there are, who may use them, and for what."""

import json
from typing import Any

import pytest

from pictory_egress.network.endpoint_policies import dynamodb_policy, interface_policies, s3_policy

SERVICES = ("ecr.api", "ecr.dkr", "kms", "logs", "secretsmanager")
ACCOUNT = "111111111111"


def interface_endpoints(made: Any) -> list[dict[str, Any]]:
    endpoints = made.resources("aws_vpc_endpoint").values()
    return [endpoint for endpoint in endpoints if endpoint["vpc_endpoint_type"] == "Interface"]


def test_interface_endpoints_when_made_then_one_for_each_service_called(made: Any) -> None:
    names = sorted(endpoint["service_name"] for endpoint in interface_endpoints(made))
    assert names == [f"com.amazonaws.us-east-2.{service}" for service in SERVICES]


def test_interface_endpoints_when_made_then_reached_by_private_names_in_every_zone(made: Any) -> None:
    group = made.resources("aws_security_group")["Endpoints/Group"]
    for endpoint in interface_endpoints(made):
        assert endpoint["private_dns_enabled"] is True
        assert len(endpoint["subnet_ids"]) == 3
        assert endpoint["security_group_ids"] == [made.reference(group, "aws_security_group", "id")]


def test_endpoint_group_when_nobody_was_allowed_then_closed(synthesize: Any, new_vpc: Any) -> None:
    alone = synthesize(new_vpc)
    assert not {"ingress", "egress"} & alone.one("aws_security_group").keys()
    assert not alone.resources("aws_vpc_security_group_ingress_rule")


def test_caller_when_allowed_then_https_opens_on_both_sides(made: Any) -> None:
    group = made.reference(made.one("aws_security_group"), "aws_security_group", "id")
    caller = "sg-0123456789abcdef0"
    ingress = made.one("aws_vpc_security_group_ingress_rule")
    assert (ingress["security_group_id"], ingress["referenced_security_group_id"]) == (group, caller)
    egress = made.resources("aws_vpc_security_group_egress_rule")
    to_endpoints, to_s3 = egress["Endpoints/GatewayToEndpoints"], egress["S3/GatewayToS3"]
    assert (to_endpoints["security_group_id"], to_endpoints["referenced_security_group_id"]) == (
        caller,
        group,
    )
    s3 = made.resources("aws_vpc_endpoint")["S3/Endpoint"]
    assert to_s3["prefix_list_id"] == made.reference(s3, "aws_vpc_endpoint", "prefix_list_id")
    for rule in (ingress, to_endpoints, to_s3):
        assert (rule["ip_protocol"], rule["from_port"], rule["to_port"]) == ("tcp", 443, 443)


def test_callers_when_two_are_allowed_then_each_has_its_rules(synthesize: Any, new_vpc: Any) -> None:
    result = synthesize(new_vpc, callers=("Gateway", "Rotation"))
    assert set(result.resources("aws_vpc_security_group_ingress_rule")) == {
        "Endpoints/FromGateway", "Endpoints/FromRotation",
    }  # fmt: skip


def test_interface_endpoints_when_turned_off_then_only_the_free_routes_are_left(
    synthesize: Any, new_vpc: Any
) -> None:
    result = synthesize({**new_vpc, "interface_endpoints": False}, callers=("Gateway",))
    assert set(result.resources("aws_vpc_endpoint")) == {"S3/Endpoint", "DynamoDb/Endpoint"}
    assert set(result.resources("aws_vpc_security_group_egress_rule")) == {"S3/GatewayToS3"}
    assert result.network.endpoint_security_group_id is None


@pytest.mark.parametrize("service", ["S3", "DynamoDb"])
def test_gateway_endpoint_when_made_then_on_every_private_route_table(made: Any, service: str) -> None:
    endpoint = made.resources("aws_vpc_endpoint")[f"{service}/Endpoint"]
    assert endpoint["service_name"] == f"com.amazonaws.us-east-2.{service.lower()}"
    tables = {path: table for path, table in made.resources("aws_route_table").items() if "Private" in path}
    assert sorted(endpoint["route_table_ids"]) == sorted(
        made.reference(table, "aws_route_table", "id") for table in tables.values()
    )


@pytest.mark.parametrize("service", SERVICES)
def test_interface_policy_when_read_then_own_account_and_named_actions_only(service: str) -> None:
    document = json.loads(interface_policies(region="eu-west-1", account_id=ACCOUNT)[service])
    (statement,) = document["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    assert not [action for action in statement["Action"] if "*" in action]
    prefix = service.partition(".")[0]
    assert {action.partition(":")[0] for action in statement["Action"]} == {prefix}


def test_secrets_policy_when_read_then_secrets_can_neither_be_listed_nor_deleted() -> None:
    document = json.loads(interface_policies(region="eu-west-1", account_id=ACCOUNT)["secretsmanager"])
    (statement,) = document["Statement"]
    assert statement["Action"] == [
        "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
    ]  # fmt: skip
    assert statement["Resource"] == [f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:*"]


def test_policy_when_account_is_known_then_it_stands_in_the_output(made: Any) -> None:
    policies = [endpoint["policy"] for endpoint in interface_endpoints(made)]
    assert all(ACCOUNT in policy and "${" not in policy for policy in policies)


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("eu-west-1", {"s3:GetObject": "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"}),
        (
            "us-east-2",  # Pictory's bucket is here, so that uploads take the endpoint too
            {
                "s3:GetObject": "arn:aws:s3:::prod-us-east-2-starport-layer-bucket/*",
                "s3:PutObject": "arn:aws:s3:::pictory-api-prod/*",
            },
        ),
    ],
)
def test_s3_policy_when_read_then_named_buckets_only(region: str, expected: dict[str, str]) -> None:
    statements = json.loads(s3_policy(region=region))["Statement"]
    assert {s["Action"][0]: s["Resource"][0] for s in statements} == expected
    assert all(len(s["Action"]) == len(s["Resource"]) == 1 for s in statements)


def test_tables_policy_when_read_then_one_table_for_reading_by_the_own_account() -> None:
    document = json.loads(dynamodb_policy(name="pictory-egress-dev", region="eu-west-1", account_id=ACCOUNT))
    (statement,) = document["Statement"]
    assert statement["Action"] == ["dynamodb:GetItem", "dynamodb:Query"]
    assert statement["Resource"] == [f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/pictory-egress-dev-clients"]
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}


def test_tables_when_a_caller_is_allowed_then_https_to_them_and_only_for_that_caller(
    synthesize: Any, new_vpc: Any
) -> None:
    result = synthesize(new_vpc, callers=("Rotation",), readers=("Gateway",))
    rules = result.resources("aws_vpc_security_group_egress_rule")
    assert "DynamoDb/GatewayToDynamoDb" in rules
    assert "DynamoDb/RotationToDynamoDb" not in rules
    rule, endpoint = (
        rules["DynamoDb/GatewayToDynamoDb"],
        result.resources("aws_vpc_endpoint")["DynamoDb/Endpoint"],
    )
    assert rule["prefix_list_id"] == result.reference(endpoint, "aws_vpc_endpoint", "prefix_list_id")
    assert (rule["ip_protocol"], rule["from_port"], rule["to_port"]) == ("tcp", 443, 443)
