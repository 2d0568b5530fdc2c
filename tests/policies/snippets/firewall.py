"""Snippets for the policies of the firewall: web ACLs, their rules and their logs."""

import json
from typing import Any

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet
from tests.policies.snippets.surroundings import balancer, log_group

Statement = dict[str, Any]

BLOCK = {"block": {}}
TEXT = [{"priority": 0, "type": "NONE"}]
CREDENTIAL = {"single_header": {"name": "authorization"}}


def blocks_by_default(stack: TerraformStack, broken: bool) -> None:
    _acl(stack, default_action={"allow": {}} if broken else BLOCK)


def on_every_load_balancer(stack: TerraformStack, broken: bool) -> None:
    protected, acl = balancer(stack), _acl(stack)
    if not broken:
        _associate(stack, acl, protected)


def fails_closed(stack: TerraformStack, broken: bool) -> None:
    balancer(stack, enable_waf_fail_open=broken)


def redacted_logs(stack: TerraformStack, broken: bool) -> None:
    _logged(stack, _acl(stack), "cookie" if broken else "authorization")


def measured(stack: TerraformStack, broken: bool) -> None:
    names = [] if broken else ["authorization"]
    hidden = [_protected("BODY"), *(_protected("SINGLE_HEADER", name) for name in names)]
    acl = _acl(stack, data_protection_config={"data_protection": hidden})
    _logged(stack, acl, "authorization")


def rate_limited(stack: TerraformStack, broken: bool) -> None:
    _acl(
        stack,
        _rule("by-address", {"rate_based_statement": {"limit": 1_000_000 if broken else 2_000, "aggregate_key_type": "IP"}}),
        _rule("by-credential", _rate_by_credential()),
    )  # fmt: skip


def counts_everybody(stack: TerraformStack, broken: bool) -> None:
    sent = {"comparison_operator": "GT", "size": 0, "field_to_match": CREDENTIAL, "text_transformation": TEXT}
    no_credential = _rule(
        "no-credential", {"not_statement": {"statement": [{"size_constraint_statement": sent}]}}
    )
    by_credential = _rule("by-credential", _rate_by_credential())
    _acl(stack, *([] if broken else [no_credential]), by_credential)


def nothing_only_counted(stack: TerraformStack, broken: bool) -> None:
    override = aws.wafv2_web_acl.Wafv2WebAclRuleOverrideAction(**{"count" if broken else "none": {}})
    _acl(stack, _managed("AWSManagedRulesCommonRuleSet", override_action=override))


def known_threats(stack: TerraformStack, broken: bool) -> None:
    groups = [
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesAnonymousIpList",
    ]
    _acl(stack, *map(_managed, groups[:3] if broken else groups))


def known_addresses(stack: TerraformStack, broken: bool) -> None:
    callers = aws.wafv2_ip_set.Wafv2IpSet(
        stack,
        "Callers",
        name="callers",
        scope="REGIONAL",
        ip_address_version="IPV4",
        addresses=["10.0.0.0/8"],
    )
    # As AWS's console and API give rules out.
    is_caller = {"IPSetReferenceStatement": {"ARN": callers.arn}}
    strangers = {
        "Name": "strangers", "Priority": 1, "Action": {"Block": {}},
        "Statement": is_caller if broken else {"NotStatement": {"Statement": is_caller}},
        "VisibilityConfig": {
            "CloudWatchMetricsEnabled": True, "MetricName": "strangers", "SampledRequestsEnabled": True,
        },
    }  # fmt: skip
    acl = _acl(stack, rule_json=json.dumps([strangers]))
    _associate(stack, acl, balancer(stack))


def bounded_bodies(stack: TerraformStack, broken: bool) -> None:
    large = {
        "comparison_operator": "GT", "size": 1_048_576, "text_transformation": TEXT,
        "field_to_match": {"query_string": {}} if broken else {"body": {"oversize_handling": "MATCH"}},
    }  # fmt: skip
    _acl(stack, _rule("too-large", {"size_constraint_statement": large}))


def allows_named_operations(stack: TerraformStack, broken: bool) -> None:
    path = {
        "regex_string": "^/pictoryapis/" if broken else "^/pictoryapis/v1/jobs/[0-9a-f-]{36}$",
        "field_to_match": {"uri_path": {}}, "text_transformation": TEXT,
    }  # fmt: skip
    method = {
        "search_string": "GET", "positional_constraint": "EXACTLY",
        "field_to_match": {"method": {}}, "text_transformation": TEXT,
    }  # fmt: skip
    parts = [{"regex_match_statement": path}, *([] if broken else [{"byte_match_statement": method}])]
    both = parts[0] if broken else {"and_statement": {"statement": parts}}
    _acl(stack, _rule("read-jobs", both, action={"allow": {}}))


SNIPPETS: dict[str, Snippet] = {
    "firewall/on_every_load_balancer": on_every_load_balancer,
    "firewall/blocks_by_default": blocks_by_default,
    "firewall/fails_closed": fails_closed,
    "firewall/redacted_logs": redacted_logs,
    "firewall/rate_limited": rate_limited,
    "firewall/nothing_only_counted": nothing_only_counted,
    "firewall/measured": measured,
    "firewall/known_threats": known_threats,
    "firewall/counts_everybody": counts_everybody,
    "firewall/known_addresses": known_addresses,
    "firewall/allows_named_operations": allows_named_operations,
    "firewall/bounded_bodies": bounded_bodies,
}


def _acl(stack: TerraformStack, *rules: object, **fields: object) -> Any:
    return aws.wafv2_web_acl.Wafv2WebAcl(
        stack, "Acl", name="pictory", scope="REGIONAL", rule=list(rules) or None,
        visibility_config=_counted("acl"), **{"default_action": BLOCK, **fields},
    )  # fmt: skip


def _rule(name: str, statement: Statement, **fields: object) -> object:
    return aws.wafv2_web_acl.Wafv2WebAclRule(
        name=name,
        priority=1,
        statement=statement,
        visibility_config=_counted(name),
        **{"action": BLOCK, **fields},
    )


def _managed(group: str, **fields: object) -> object:
    statement = {"managed_rule_group_statement": {"vendor_name": "AWS", "name": group}}
    return _rule(group, statement, action=None, **{"override_action": {"none": {}}, **fields})


def _counted(name: str) -> dict[str, object]:
    return {"cloudwatch_metrics_enabled": True, "metric_name": name, "sampled_requests_enabled": True}


def _rate_by_credential() -> Statement:
    by_header = [{"header": {"name": "authorization", "text_transformation": TEXT}}]
    return {
        "rate_based_statement": {"limit": 600, "aggregate_key_type": "CUSTOM_KEYS", "custom_key": by_header}
    }


def _associate(stack: TerraformStack, acl: Any, balancer: Any) -> None:
    aws.wafv2_web_acl_association.Wafv2WebAclAssociation(
        stack, "OnBalancer", resource_arn=balancer.arn, web_acl_arn=acl.arn
    )


def _protected(kind: str, *names: str) -> object:
    acl = aws.wafv2_web_acl
    field = acl.Wafv2WebAclDataProtectionConfigDataProtectionField(
        field_type=kind, field_keys=list(names) or None
    )
    return acl.Wafv2WebAclDataProtectionConfigDataProtection(action="SUBSTITUTION", field=field)


def _logged(stack: TerraformStack, acl: Any, redacted: str) -> None:
    log = aws.wafv2_web_acl_logging_configuration
    header = log.Wafv2WebAclLoggingConfigurationRedactedFieldsSingleHeader(name=redacted)
    log.Wafv2WebAclLoggingConfiguration(
        stack, "AclLog", resource_arn=acl.arn, log_destination_configs=[log_group(stack).arn],
        redacted_fields=[log.Wafv2WebAclLoggingConfigurationRedactedFields(single_header=header)],
    )  # fmt: skip
