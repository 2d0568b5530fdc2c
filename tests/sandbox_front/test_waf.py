"""AWS WAF's statements, one by one, on requests made by hand."""

from collections.abc import Sequence
from typing import Any

import pytest

from sandbox.front.waf import UnsupportedError, WafRequest, WebAcl, compile_web_acl

VISIBILITY = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
NONE = [{"Priority": 0, "Type": "NONE"}]
ACCOUNT_LABELS = "awswaf:123456789012:webacl:acl:"


class References:
    def ip_set(self, arn: str) -> Sequence[str]:
        return {"v4": ["10.0.0.0/8"], "v6": ["fd00::/8"]}[arn]

    def regex_pattern_set(self, arn: str) -> Sequence[str]:
        return ["^/a/", "b$"]


def _rule(
    statement: Any, *, name: str = "rule", priority: int = 0, action: Any = None, **more: Any
) -> dict[str, Any]:
    return {
        "Name": name, "Priority": priority, "Statement": statement, "VisibilityConfig": VISIBILITY,
        "Action": action or {"Block": {}}, **more,
    }  # fmt: skip


def _acl(*rules: dict[str, Any], default: Any = None, clock: Any = lambda: 0.0, **more: Any) -> WebAcl:
    acl = {
        "ARN": "arn", "Name": "acl", "Rules": list(rules), "DefaultAction": default or {"Allow": {}},
        "VisibilityConfig": VISIBILITY, "LabelNamespace": ACCOUNT_LABELS, **more,
    }  # fmt: skip
    return compile_web_acl(acl, references=References(), clock=clock)


def _request(**changes: Any) -> WafRequest:
    values: dict[str, Any] = {
        "client_address": "10.1.2.3", "method": "GET", "uri_path": "/a/B%20c", "query": "x=1&y=%2Fz",
        "http_version": "HTTP/1.1", "headers": (("Host", "h.example"), ("User-Agent", "t/1"), ("X-One", "Abc")),
    }  # fmt: skip
    return WafRequest(**(values | changes))


def _blocks(statement: Any, **request: Any) -> bool:
    return _acl(_rule(statement)).decide(_request(**request)).action == "BLOCK"


def _bytes(field: Any, text: str, position: str = "EXACTLY", transformations: Any = None) -> Any:
    return {
        "ByteMatchStatement": {
            "FieldToMatch": field, "SearchString": text.encode(), "PositionalConstraint": position,
            "TextTransformations": transformations or NONE,
        }
    }  # fmt: skip


def _size(field: Any, comparison: str, size: int) -> Any:
    return {
        "SizeConstraintStatement": {
            "FieldToMatch": field, "ComparisonOperator": comparison, "Size": size, "TextTransformations": NONE,
        }
    }  # fmt: skip


HEADER = {"SingleHeader": {"Name": "x-one"}}
PATH: Any = {"UriPath": {}}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (_bytes({"UriPath": {}}, "/a/B%20c"), True),
        (_bytes({"UriPath": {}}, "/a/b c", transformations=[
            {"Priority": 1, "Type": "LOWERCASE"}, {"Priority": 0, "Type": "URL_DECODE"}]), True),
        (_bytes({"QueryString": {}}, "y=", "CONTAINS"), True),
        (_bytes({"SingleQueryArgument": {"Name": "Y"}}, "/z"), True),
        (_bytes({"AllQueryArguments": {}}, "x"), True),
        (_bytes({"Method": {}}, "GET"), True),
        (_bytes(HEADER, "Ab", "STARTS_WITH"), True),
        (_bytes(HEADER, "bc", "ENDS_WITH"), True),
        (_bytes(HEADER, "abc"), False),
        (_bytes(HEADER, "Ab", "CONTAINS_WORD"), False),
        (_bytes({"SingleHeader": {"Name": "absent"}}, "", "STARTS_WITH"), False),
        (_size({"SingleHeader": {"Name": "absent"}}, "GE", 0), False),
        (_size(HEADER, "EQ", 3), True),
        (_size(HEADER, "NE", 3), False),
        (_size({"QueryString": {}}, "LT", 11), True),
        ({"RegexMatchStatement": {"FieldToMatch": PATH, "RegexString": "^/a/[A-Z]", "TextTransformations": NONE}},
         True),
        ({"RegexPatternSetReferenceStatement": {"FieldToMatch": PATH, "ARN": "set", "TextTransformations": NONE}},
         True),
        ({"RegexPatternSetReferenceStatement": {"FieldToMatch": HEADER, "ARN": "set", "TextTransformations": NONE}},
         False),
        ({"IPSetReferenceStatement": {"ARN": "v4"}}, True),
        ({"IPSetReferenceStatement": {"ARN": "v6"}}, False),
        ({"NotStatement": {"Statement": {"IPSetReferenceStatement": {"ARN": "v6"}}}}, True),
    ],
)  # fmt: skip
def test_statement_matches_the_part_it_names(statement: Any, expected: bool) -> None:
    assert _blocks(statement) is expected


@pytest.mark.parametrize(
    ("handling", "expected"), [("CONTINUE", False), ("MATCH", True), ("NO_MATCH", False), (None, False)]
)
def test_body_beyond_inspection_is_decided_by_its_oversize_handling(
    handling: str | None, expected: bool
) -> None:
    field = {"Body": {"OversizeHandling": handling} if handling else {}}
    statement = _bytes(field, "evil", "CONTAINS")
    assert _blocks(statement, body=b"a" * 8_192, body_is_whole=False) is expected
    assert _blocks(statement, body=b"an evil body") is True


def test_headers_beyond_inspection_are_decided_by_their_oversize_handling() -> None:
    field = {"Headers": {"MatchPattern": {"All": {}}, "MatchScope": "KEY", "OversizeHandling": "MATCH"}}
    statement = _bytes(field, "x-amzn-waf-", "STARTS_WITH", [{"Priority": 0, "Type": "LOWERCASE"}])
    assert _blocks(statement) is False
    assert _blocks(statement, headers=(("X-Amzn-Waf-A", "1"),)) is True
    assert _blocks(statement, headers=tuple((f"h{n}", "") for n in range(201))) is True


@pytest.mark.parametrize(
    ("transformation", "raw", "clean"),
    [
        ("URL_DECODE_UNI", "%u0041%42", "AB"),
        ("COMPRESS_WHITE_SPACE", "a \t  b", "a b"),
        ("HTML_ENTITY_DECODE", "&lt;script&gt;", "<script>"),
        ("NORMALIZE_PATH", "/a//b/../c", "/a/c"),
        ("REMOVE_NULLS", "a\0b", "ab"),
        ("BASE64_DECODE", "ZXZpbA", "evil"),
        ("HEX_DECODE", "6576696c", "evil"),
        ("HEX_DECODE", "no hex", "no hex"),
    ],
)
def test_transformation_is_done_before_the_comparison(transformation: str, raw: str, clean: str) -> None:
    statement = _bytes(HEADER, clean, transformations=[{"Priority": 0, "Type": transformation}])
    assert _blocks(statement, headers=(("x-one", raw),))


def test_rules_go_by_priority_and_the_first_that_decides_ends_it() -> None:
    acl = _acl(
        _rule({"IPSetReferenceStatement": {"ARN": "v4"}}, name="last", priority=9, action={"Block": {}}),
        _rule(_bytes({"Method": {}}, "GET"), name="counts", priority=1, action={"Count": {}}),
        _rule(_bytes(HEADER, "Abc"), name="first", priority=5, action={"Allow": {}}),
    )
    decision = acl.decide(_request())
    assert (decision.action, decision.rule) == ("ALLOW", "first")
    assert [rule.name for rule, _ in decision.counted] == ["counts"]


def test_label_of_an_earlier_rule_is_seen_by_a_later_one() -> None:
    labelled = _rule(
        _bytes(HEADER, "Abc"), name="labels", action={"Count": {}}, RuleLabels=[{"Name": "team:seen"}]
    )
    for scope, key in (
        ("LABEL", "team:seen"),
        ("LABEL", f"{ACCOUNT_LABELS}team:seen"),
        ("NAMESPACE", "team:"),
    ):
        by_label = _rule({"LabelMatchStatement": {"Scope": scope, "Key": key}}, name="by-label", priority=1)
        assert _acl(labelled, by_label).decide(_request()).rule == "by-label"
        assert _acl(labelled, by_label).decide(_request(headers=())).action == "ALLOW"


def test_block_answers_as_its_custom_response_says() -> None:
    action = {
        "Block": {
            "CustomResponse": {
                "ResponseCode": 429, "CustomResponseBodyKey": "slow",
                "ResponseHeaders": [{"Name": "x-r", "Value": "1"}],
            }
        }
    }  # fmt: skip
    bodies = {"slow": {"ContentType": "APPLICATION_JSON", "Content": "{}"}}
    block = _acl(default=action, CustomResponseBodies=bodies).decide(_request()).block
    assert block is not None
    assert (block.status, block.body, block.content_type, block.headers) == (
        429, "{}", "application/json", (("x-r", "1"),),
    )  # fmt: skip


def _rate(limit: int, **more: Any) -> Any:
    return {
        "RateBasedStatement": {"Limit": limit, "AggregateKeyType": "IP", "EvaluationWindowSec": 60, **more}
    }


def test_rate_is_counted_by_address_and_forgotten_after_its_window() -> None:
    now = [0.0]
    acl = _acl(_rule(_rate(2)), clock=lambda: now[0])

    def call(address: str = "10.0.0.1") -> str:
        return acl.decide(_request(client_address=address)).action

    assert [call() for _ in range(3)] == ["ALLOW", "ALLOW", "BLOCK"]
    assert call("10.0.0.2") == "ALLOW"
    now[0] = 30.0
    assert call() == "BLOCK"
    now[0] = 61.0
    # The three of the first second are forgotten, the one of the thirtieth is not.
    assert [call(), call()] == ["ALLOW", "BLOCK"]


def test_rate_by_a_header_leaves_requests_without_it_alone() -> None:
    key = {"Header": {"Name": "X-One", "TextTransformations": NONE}}
    acl = _acl(_rule(_rate(1, AggregateKeyType="CUSTOM_KEYS", CustomKeys=[key])))
    assert [acl.decide(_request()).action for _ in range(2)] == ["ALLOW", "BLOCK"]
    assert {acl.decide(_request(headers=())).action for _ in range(5)} == {"ALLOW"}


def test_rate_counts_only_what_its_scope_takes_in() -> None:
    acl = _acl(_rule(_rate(1, ScopeDownStatement=_bytes({"Method": {}}, "POST"))))
    assert {acl.decide(_request()).action for _ in range(5)} == {"ALLOW"}
    assert [acl.decide(_request(method="POST")).action for _ in range(2)] == ["ALLOW", "BLOCK"]


def _group(name: str, **more: Any) -> dict[str, Any]:
    statement = {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": name, **more}}
    rule = _rule(statement, OverrideAction={"None": {}})
    del rule["Action"]
    return rule


@pytest.mark.parametrize(
    ("request_", "rule"),
    [
        ({"headers": (("Host", "h"),)}, "NoUserAgent_HEADER"),
        ({"query": "q=" + "x" * 2_048}, "SizeRestrictions_QUERYSTRING"),
        ({"uri_path": "/" + "x" * 1_024}, "SizeRestrictions_URIPATH"),
        ({"body": b"x" * 8_192, "body_is_whole": False}, "SizeRestrictions_BODY"),
        ({"query": "u=http://169.254.169.254/"}, "EC2MetaDataSSRF_QUERYARGUMENTS"),
        ({"uri_path": "/%2e%2e%2f%2e%2e%2fetc"}, "GenericLFI_URIPATH"),
        ({"body": b'{"u":"http://10.0.0.1/x"}'}, "GenericRFI_BODY"),
        ({"body": b"<SCRIPT>"}, "CrossSiteScripting_BODY"),
    ],
)
def test_common_rule_set_blocks_what_its_rules_are_named_after(request_: dict[str, Any], rule: str) -> None:
    decision = _acl(_group("AWSManagedRulesCommonRuleSet")).decide(_request(**request_))
    assert (decision.action, decision.inner) == ("BLOCK", rule)


@pytest.mark.parametrize(
    ("request_", "rule"),
    [
        ({"headers": (("Host", "localhost:8080"),)}, "Host_localhost_HEADER"),
        ({"method": "PROPFIND"}, "PROPFIND_METHOD"),
        ({"headers": (("X", "${jndi:ldap://e/a}"),)}, "Log4JRCE_HEADER"),
        ({"query": "a=%24%7Bjndi%3Aldap"}, "Log4JRCE_QUERYSTRING"),
        ({"uri_path": "/WEB-INF/web.xml"}, "ExploitablePaths_URIPATH"),
    ],
)
def test_known_bad_inputs_block_what_their_rules_are_named_after(request_: dict[str, Any], rule: str) -> None:
    decision = _acl(_group("AWSManagedRulesKnownBadInputsRuleSet")).decide(_request(**request_))
    assert (decision.action, decision.inner) == ("BLOCK", rule)


@pytest.mark.parametrize(
    "group",
    [
        "AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesAnonymousIpList",
        "AWSManagedRulesAmazonIpReputationList",
    ],
)  # fmt: skip
def test_ordinary_request_passes_every_managed_group(group: str) -> None:
    body = b'{"videoName": "A day at the sea", "webhook": "https://hooks.example.com/x"}'
    assert _acl(_group(group)).decide(_request(body=body)).action == "ALLOW"


def test_rule_of_a_group_that_is_overridden_to_count_only_labels() -> None:
    override = [{"Name": "SizeRestrictions_BODY", "ActionToUse": {"Count": {}}}]
    group = _group("AWSManagedRulesCommonRuleSet", RuleActionOverrides=override)
    decision = _acl(group).decide(_request(body=b"x" * 8_192, body_is_whole=False))
    assert decision.action == "ALLOW"
    assert decision.labels == ("awswaf:managed:aws:core-rule-set:SizeRestrictions_Body",)


def test_group_that_is_overridden_to_count_blocks_nothing() -> None:
    group = {**_group("AWSManagedRulesCommonRuleSet"), "OverrideAction": {"Count": {}}}
    decision = _acl(group).decide(_request(headers=()))
    assert decision.action == "ALLOW"
    assert [outcome.inner for _, outcome in decision.counted] == ["NoUserAgent_HEADER"]


UNKNOWN_BODY = {"Block": {"CustomResponse": {"ResponseCode": 403, "CustomResponseBodyKey": "no"}}}
GEO = {"GeoMatchStatement": {"CountryCodes": ["DE"]}}


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (_rule(GEO), "statement 'GeoMatchStatement'"),
        (_rule({"NotStatement": {"Statement": GEO}}), "statement 'GeoMatchStatement'"),
        (_rule(_bytes({"JsonBody": {}}, "x")), "FieldToMatch 'JsonBody'"),
        (_rule(_bytes(HEADER, "x", transformations=[{"Priority": 0, "Type": "MD5"}])), "'MD5'"),
        (_rule(_bytes(HEADER, "x"), action={"Captcha": {}}), "action 'Captcha'"),
        (_rule(_rate(1, AggregateKeyType="FORWARDED_IP")), "'FORWARDED_IP'"),
        (_rule(_bytes(HEADER, "x"), action=UNKNOWN_BODY),
         "custom response body 'no'"),
        (_rule({"RegexMatchStatement": {"FieldToMatch": HEADER, "RegexString": "(", "TextTransformations": NONE}}),
         "regular expression"),
        (_group("AWSManagedRulesSQLiRuleSet"), "AWSManagedRulesSQLiRuleSet"),
        (_group("AWSManagedRulesCommonRuleSet", RuleActionOverrides=[{"Name": "Typo", "ActionToUse": {"Count": {}}}]),
         "no rule 'Typo'"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_named_when_the_web_acl_is_read(rule: dict[str, Any], told: str) -> None:
    with pytest.raises(UnsupportedError, match="rule ") as caught:
        _acl(rule)
    assert told in str(caught.value)
