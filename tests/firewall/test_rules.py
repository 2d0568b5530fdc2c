"""The web ACL's rules: their order, what they hold to, and what a caller gets."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from pictory_egress.api import OPERATIONS, Catalog, Operation
from pictory_egress.firewall.defaults import OVERSIZE_LABEL
from pictory_egress.firewall.responses import RESPONSES, bodies
from pictory_egress.firewall.shapes import shapes

ORDER = [
    "source-not-allowed",
    "rate-by-address",
    "forged-firewall-header",
    "token-endpoint-off",
    "credential-missing",
    "rate-by-credential",
    "body-above-largest",
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesAnonymousIpList",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesCommonRuleSet",
    "body-not-inspected",
    "known-operation",
]
NONE = [{"priority": 0, "type": "NONE"}]


def leaves(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement that holds no other, with its kind."""
    ((kind, body),) = statement.items()
    if kind in ("and_statement", "or_statement", "not_statement"):
        for nested in body["statement"]:
            yield from leaves(nested)
    else:
        yield kind, body


def test_rules_when_built_then_what_allows_comes_last_and_alone(rules: Any) -> None:
    assert list(rules) == ORDER
    assert [rule["priority"] for rule in rules.values()] == list(range(len(ORDER)))
    assert [name for name, rule in rules.items() if "allow" in rule.get("action", {})] == ["known-operation"]


def test_rules_when_built_then_each_has_a_metric_of_its_name(rules: Any) -> None:
    for name, rule in rules.items():
        assert rule["visibility_config"] == {
            "cloudwatch_metrics_enabled": True, "metric_name": name, "sampled_requests_enabled": True,
        }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("source-not-allowed", 403, "firewall_blocked"),
        ("rate-by-address", 429, "rate_limited"),
        ("forged-firewall-header", 403, "firewall_blocked"),
        ("token-endpoint-off", 403, "token_endpoint_off"),
        ("credential-missing", 401, "credential_missing"),
        ("rate-by-credential", 429, "rate_limited"),
        ("body-above-largest", 413, "body_too_large"),
        ("body-not-inspected", 413, "body_too_large"),
    ],
)
def test_rule_when_it_blocks_then_the_caller_is_told_why(
    rules: Any, name: str, status: int, code: str
) -> None:
    response = rules[name]["action"]["block"]["custom_response"]
    assert response["response_code"] == status
    assert response["custom_response_body_key"] == code
    assert response["response_header"] == [{"name": "x-pictory-egress-reason", "value": code}]


def test_responses_when_defined_then_each_that_rules_use_has_a_body(rules: Any) -> None:
    used = {
        rule["action"]["block"]["custom_response"]["custom_response_body_key"]
        for rule in rules.values()
        if "block" in rule.get("action", {})
    }
    assert used <= {body["key"] for body in bodies()}
    assert all(body["content_type"] == "APPLICATION_JSON" for body in bodies())
    assert len({refusal.code for refusal in RESPONSES}) == len(RESPONSES)


def test_source_when_in_neither_set_then_blocked(rules: Any) -> None:
    assert rules["source-not-allowed"]["statement"] == {
        "not_statement": {
            "statement": [
                {
                    "or_statement": {
                        "statement": [
                            {"ip_set_reference_statement": {"arn": "arn:of:v4"}},
                            {"ip_set_reference_statement": {"arn": "arn:of:v6"}},
                        ]
                    }
                }
            ]
        }
    }


def test_authorization_when_missing_or_empty_then_blocked_before_it_is_counted(rules: Any) -> None:
    assert rules["credential-missing"]["statement"] == {
        "not_statement": {
            "statement": [
                {
                    "size_constraint_statement": {
                        "field_to_match": {"single_header": {"name": "authorization"}},
                        "comparison_operator": "GT",
                        "size": 0,
                        "text_transformation": NONE,
                    }
                }
            ]
        }
    }
    assert rules["credential-missing"]["priority"] < rules["rate-by-credential"]["priority"]


def test_rates_when_set_then_by_address_and_by_credential(build: Any) -> None:
    rules = build(rate_per_address=700, rate_per_credential=900)
    assert rules["rate-by-address"]["statement"]["rate_based_statement"] == {
        "aggregate_key_type": "IP", "evaluation_window_sec": 300, "limit": 700,
    }  # fmt: skip
    assert rules["rate-by-credential"]["statement"]["rate_based_statement"] == {
        "aggregate_key_type": "CUSTOM_KEYS",
        "evaluation_window_sec": 300,
        "limit": 900,
        "custom_key": [{"header": {"name": "authorization", "text_transformation": NONE}}],
    }


def test_firewall_header_when_forged_in_any_case_then_blocked_and_nothing_hides_it(rules: Any) -> None:
    match = rules["forged-firewall-header"]["statement"]["byte_match_statement"]
    assert match["search_string"] == "x-amzn-waf-"
    assert match["positional_constraint"] == "STARTS_WITH"
    assert match["text_transformation"] == [{"priority": 0, "type": "LOWERCASE"}]
    assert match["field_to_match"]["headers"] == {
        "match_pattern": {"all": {}}, "match_scope": "KEY", "oversize_handling": "MATCH",
    }  # fmt: skip


def test_body_when_above_the_largest_limit_of_any_operation_then_blocked(rules: Any) -> None:
    match = rules["body-above-largest"]["statement"]["regex_match_statement"]
    largest = max(operation.max_body_bytes for operation in OPERATIONS)
    assert match["field_to_match"] == {"single_header": {"name": "content-length"}}
    assert re.search(match["regex_string"], str(largest + 1))
    assert not re.search(match["regex_string"], str(largest))


def test_managed_groups_when_blocking_then_only_the_size_rule_counts(rules: Any) -> None:
    groups = {name: rule for name, rule in rules.items() if name.startswith("AWSManagedRules")}
    assert all(rule["override_action"] == {"none": {}} for rule in groups.values())
    assert not any("action" in rule for rule in groups.values())
    statements = {name: rule["statement"]["managed_rule_group_statement"] for name, rule in groups.items()}
    assert {statement["vendor_name"] for statement in statements.values()} == {"AWS"}
    assert {
        name: s["rule_action_override"] for name, s in statements.items() if "rule_action_override" in s
    } == {"AWSManagedRulesCommonRuleSet": [{"name": "SizeRestrictions_BODY", "action_to_use": {"count": {}}}]}


def test_managed_groups_when_being_tried_then_ours_go_on_blocking(build: Any) -> None:
    rules = build(managed_rules="count")
    counted = {name for name, rule in rules.items() if rule.get("override_action") == {"count": {}}}
    assert counted == {name for name in ORDER if name.startswith("AWSManagedRules")}
    assert not any("count" in rule.get("action", {}) for rule in rules.values())


def test_large_body_when_its_operation_needs_none_then_blocked_on_the_label(build: Any) -> None:
    small = Operation(
        id="small.create", method="POST", path="/v1/small", permission="small.write",
        max_body_bytes=8_192, content_type="application/json",
    )  # fmt: skip
    large = small.model_copy(update={"id": "large.create", "path": "/v1/large", "max_body_bytes": 8_193})
    rules = build(catalog=Catalog((small, large)))
    label, exempt = rules["body-not-inspected"]["statement"]["and_statement"]["statement"]
    assert label == {"label_match_statement": {"scope": "LABEL", "key": OVERSIZE_LABEL}}
    found = dict(leaves(exempt["not_statement"]["statement"][0]))
    assert found["byte_match_statement"]["search_string"] == "POST"
    assert found["regex_match_statement"]["regex_string"] == "^/pictoryapis/v1/large$"
    assert rules["AWSManagedRulesCommonRuleSet"]["priority"] < rules["body-not-inspected"]["priority"]


def test_large_body_when_no_operation_needs_one_then_blocked_everywhere(build: Any) -> None:
    read = Operation(id="a.get", method="GET", path="/v1/a", permission="a.read")
    rules = build(catalog=Catalog((read,)))
    assert rules["body-not-inspected"]["statement"] == {
        "label_match_statement": {"scope": "LABEL", "key": OVERSIZE_LABEL}
    }


def test_allow_rule_when_read_then_method_and_path_of_every_shape_together(rules: Any) -> None:
    found = []
    for alternative in rules["known-operation"]["statement"]["or_statement"]["statement"]:
        method, path = alternative["and_statement"]["statement"]
        assert method["byte_match_statement"]["field_to_match"] == {"method": {}}
        assert method["byte_match_statement"]["positional_constraint"] == "EXACTLY"
        assert path["regex_match_statement"]["field_to_match"] == {"uri_path": {}}
        # As it came: an encoded or unnormalized path matches nothing.
        assert path["regex_match_statement"]["text_transformation"] == NONE
        found.append(
            (method["byte_match_statement"]["search_string"], path["regex_match_statement"]["regex_string"])
        )
    assert found == [(shape.method, shape.pattern) for shape in shapes(OPERATIONS)]


def test_catalog_when_too_large_for_the_included_capacity_then_refused(build: Any) -> None:
    many = tuple(
        Operation(
            id=f"op{number}.create", method="POST", path=f"/v9/{'x' * 150}{number}", permission="op.write",
            max_body_bytes=65_536, content_type="application/json",
        )
        for number in range(60)
    )  # fmt: skip
    with pytest.raises(ValueError, match=r"use \d+ WCU, of 1500 that AWS includes: remove operations"):
        build(catalog=Catalog(many))


def test_token_request_when_the_endpoint_is_on_then_it_alone_needs_no_header(build: Any) -> None:
    rules = build(token_endpoint=True)
    assert "token-endpoint-off" not in rules
    [missing, other] = rules["credential-missing"]["statement"]["and_statement"]["statement"]
    assert missing == build()["credential-missing"]["statement"]
    asks = other["not_statement"]["statement"][0]
    assert asks == build()["token-endpoint-off"]["statement"]
    values = [part["byte_match_statement"] for part in asks["and_statement"]["statement"]]
    assert [(value["search_string"], value["positional_constraint"]) for value in values] == [
        ("POST", "EXACTLY"),
        ("/pictoryapis/v1/oauth2/token", "EXACTLY"),
    ]
    assert asks in rules["known-operation"]["statement"]["or_statement"]["statement"]
