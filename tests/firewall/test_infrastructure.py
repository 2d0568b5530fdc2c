"""The firewall alone in a stack: web ACL, sets, log and association."""

import json
from typing import Any

from pictory_egress.firewall.responses import OPERATION_UNKNOWN

ACL = "aws_wafv2_web_acl"
GROUP = "aws_cloudwatch_log_group"
SECRET_HEADERS = ["authorization", "proxy-authorization", "cookie", "x-pictory-user-id"]


def test_web_acl_when_no_rule_decides_then_blocks_with_a_reason(made: Any) -> None:
    acl = made.one(ACL)
    assert acl["scope"] == "REGIONAL"
    assert acl["default_action"] == {
        "block": {
            "custom_response": {
                "response_code": 403,
                "custom_response_body_key": "operation_unknown",
                "response_header": [{"name": "x-pictory-egress-reason", "value": "operation_unknown"}],
            }
        }
    }
    contents = {body["key"]: json.loads(body["content"]) for body in acl["custom_response_body"]}
    assert contents["operation_unknown"] == {
        "code": "operation_unknown", "message": OPERATION_UNKNOWN.message, "request_id": None,
    }  # fmt: skip


def test_web_acl_when_synthesized_then_holds_the_rules_in_terraforms_keys(made: Any) -> None:
    rules = {rule["name"]: rule for rule in made.one(ACL)["rule"]}
    assert list(rules)[-1] == "known-operation"
    assert rules["known-operation"]["action"] == {"allow": {}}  # an empty block is kept
    assert rules["AWSManagedRulesCommonRuleSet"]["override_action"] == {"none": {}}
    method, _ = rules["known-operation"]["statement"]["or_statement"]["statement"][0]["and_statement"][
        "statement"
    ]
    assert method["byte_match_statement"]["field_to_match"] == {"method": {}}


def test_web_acl_when_it_samples_or_logs_then_secrets_are_substituted(made: Any) -> None:
    protections = made.one(ACL)["data_protection_config"]["data_protection"]
    assert [protection["field"] for protection in protections] == [
        {"field_type": "SINGLE_HEADER", "field_keys": SECRET_HEADERS},
        {"field_type": "QUERY_STRING"},
        {"field_type": "BODY"},
    ]
    for protection in protections:
        assert protection["action"] == "SUBSTITUTION"
        assert protection["exclude_rate_based_details"] is False
        assert protection["exclude_rule_match_details"] is False


def test_log_when_written_then_redacted_encrypted_and_named_as_waf_wants(made: Any) -> None:
    group, configuration = made.one(GROUP), made.one("aws_wafv2_web_acl_logging_configuration")
    assert group["name"] == "aws-waf-logs-pictory-egress-dev"
    assert group["retention_in_days"] == 365
    assert group["kms_key_id"].startswith("arn:aws:kms:us-east-2:111111111111:key/")
    assert configuration["log_destination_configs"] == [made.reference(GROUP, "arn")]
    assert configuration["resource_arn"] == made.reference(ACL, "arn")
    assert configuration["redacted_fields"] == [
        *({"single_header": {"name": name}} for name in SECRET_HEADERS), {"query_string": {}},
    ]  # fmt: skip
    assert "logging_filter" not in configuration  # every decision is kept


def test_log_when_delivered_then_by_awss_delivery_for_this_account_only(made: Any) -> None:
    policy = made.one("aws_cloudwatch_log_resource_policy")
    (statement,) = json.loads(policy["policy_document"])["Statement"]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Resource"] == [f"{made.reference(GROUP, 'arn')}:*"]
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111111111111"},
        "ArnLike": {"aws:SourceArn": "arn:aws:logs:us-east-2:111111111111:*"},
    }


def test_association_when_made_then_on_the_load_balancer_and_after_the_log(made: Any) -> None:
    association = made.one("aws_wafv2_web_acl_association")
    assert association["resource_arn"].endswith(":loadbalancer/app/gateway/0123456789abcdef")
    assert association["web_acl_arn"] == made.reference(ACL, "arn")
    configuration = made.one("aws_wafv2_web_acl_logging_configuration")["//"]["metadata"]["uniqueId"]
    assert f"aws_wafv2_web_acl_logging_configuration.{configuration}" in association["depends_on"]


def test_sources_when_of_both_versions_then_a_set_for_each(synthesize: Any) -> None:
    made = synthesize(allowed_cidrs=["10.0.0.0/8", "fd00::/8", "192.0.2.0/24"])
    sets = {s["ip_address_version"]: s["addresses"] for s in made.all("aws_wafv2_ip_set")}
    assert sets == {"IPV4": ["10.0.0.0/8", "192.0.2.0/24"], "IPV6": ["fd00::/8"]}


def test_sources_when_of_one_version_then_one_set(made: Any) -> None:
    ip_set = made.one("aws_wafv2_ip_set")
    assert (ip_set["ip_address_version"], ip_set["scope"]) == ("IPV4", "REGIONAL")
    (blocked,) = made.one(ACL)["rule"][0]["statement"]["not_statement"]["statement"]
    assert blocked == {"ip_set_reference_statement": {"arn": made.reference("aws_wafv2_ip_set", "arn")}}


def test_attributes_when_made_then_monitoring_finds_acl_and_log(made: Any) -> None:
    firewall = made.firewall
    assert firewall.web_acl_name == made.one(ACL)["name"] == "pictory-egress-dev"
    assert made.one(ACL)["visibility_config"]["metric_name"] == firewall.web_acl_name
    assert firewall.web_acl_arn
    assert firewall.log_group_name


def test_retention_when_set_then_the_logs(synthesize: Any) -> None:
    assert synthesize(log_retention_days=30).one(GROUP)["retention_in_days"] == 30
