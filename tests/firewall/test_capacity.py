"""WCU of single statements as AWS documents them, and of the shipped rules together."""

from typing import Any

import pytest

from pictory_egress.firewall import statements as s
from pictory_egress.firewall.capacity import capacity

REGEX = s.regex_match(s.URI_PATH, "^/$")


def cost(statement: dict[str, Any]) -> int:
    return capacity([{"statement": statement}])


@pytest.mark.parametrize(
    ("statement", "units"),
    [
        (s.in_ip_set("arn"), 1),
        (s.has_label("label"), 1),
        (s.size(s.header("authorization"), "GT", 0), 1),
        (REGEX, 3),
        (s.text_match(s.METHOD, "GET"), 2),
        (s.text_match(s.METHOD, "GET", position="STARTS_WITH", transformation="LOWERCASE"), 12),
        (s.rate_by_address(10), 2),
        (s.rate_by_header(10, "authorization"), 32),
        (s.managed_group("AWSManagedRulesAmazonIpReputationList"), 25),
        (s.managed_group("AWSManagedRulesAnonymousIpList"), 50),
        (s.managed_group("AWSManagedRulesKnownBadInputsRuleSet"), 200),
        (s.managed_group("AWSManagedRulesCommonRuleSet", counted_rules=("SizeRestrictions_BODY",)), 700),
        (s.negate(s.any_of(REGEX, s.all_of(REGEX, s.in_ip_set("arn")))), 7),
    ],
)
def test_statement_when_priced_then_as_documented(statement: dict[str, Any], units: int) -> None:
    assert cost(statement) == units


def test_statement_when_it_has_no_price_then_an_error() -> None:
    with pytest.raises(KeyError, match="geo_match_statement"):
        cost({"geo_match_statement": {"country_codes": ["DE"]}})


def test_managed_group_when_it_has_no_price_then_an_error() -> None:
    with pytest.raises(KeyError, match="AWSManagedRulesSQLiRuleSet"):
        cost(s.managed_group("AWSManagedRulesSQLiRuleSet"))


def test_shipped_rules_when_priced_then_within_what_aws_includes(rules: Any) -> None:
    by_rule = {name: capacity([rule]) for name, rule in rules.items()}
    assert by_rule["source-not-allowed"] == 2
    assert by_rule["rate-by-credential"] == 32
    assert sum(by_rule.values()) == capacity(rules.values()) == 1_092


def test_single_statement_when_joined_then_stands_for_itself() -> None:
    # WAF refuses AND and OR of one.
    assert s.any_of(REGEX) == s.all_of(REGEX) == REGEX
