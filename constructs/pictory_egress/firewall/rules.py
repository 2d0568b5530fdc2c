"""The web ACL's rules, in the order in which a request meets them.

What lets through comes last: AWS WAF stops at the first rule that allows, and what no rule allows is blocked.
"""

from collections.abc import Sequence
from typing import Any, Literal

from pictory_egress.api import Catalog
from pictory_egress.api.headers import CREDENTIAL_HEADER
from pictory_egress.api.hosts import TOKEN_PATH
from pictory_egress.firewall import responses
from pictory_egress.firewall.capacity import capacity
from pictory_egress.firewall.defaults import (
    CAPACITY_INCLUDED,
    INSPECTED_BODY_BYTES,
    MANAGED_GROUPS,
    OVERSIZE_LABEL,
    WAF_HEADER_PREFIX,
    ManagedGroup,
)
from pictory_egress.firewall.settings import FirewallSettings
from pictory_egress.firewall.shapes import Shape, decimal_above, shapes
from pictory_egress.firewall.statements import (
    HEADER_NAMES,
    METHOD,
    URI_PATH,
    Statement,
    all_of,
    any_of,
    has_label,
    header,
    in_ip_set,
    managed_group,
    negate,
    rate_by_address,
    rate_by_header,
    regex_match,
    size,
    text_match,
)

Rule = dict[str, Any]


def web_acl_rules(
    *, settings: FirewallSettings, catalog: Catalog, ip_set_arns: Sequence[str], token_endpoint: bool
) -> list[Rule]:
    """All rules, with their priorities. ``ip_set_arns`` hold ``settings.allowed_cidrs``: one or two.

    With ``token_endpoint``, requests for a token pass without a credential: they have it in the body.

    Raises
    ------
    ValueError
        The rules pass the capacity that AWS includes, or a path is too long: the catalog is too large.
    """
    without_credential = negate(size(header(CREDENTIAL_HEADER), "GT", 0))
    asks_for_token = all_of(text_match(METHOD, "POST"), text_match(URI_PATH, TOKEN_PATH))
    operations = [_has_shape(shape) for shape in shapes(catalog.operations)]
    if token_endpoint:
        token_rules = []
        without_credential = all_of(without_credential, negate(asks_for_token))
        operations.append(asks_for_token)
    else:
        refusal = responses.block(responses.TOKEN_ENDPOINT_OFF)
        token_rules = [_rule("token-endpoint-off", asks_for_token, refusal)]
    rules = [
        _rule(
            "source-not-allowed",
            negate(any_of(*(in_ip_set(arn) for arn in ip_set_arns))),
            responses.block(responses.FIREWALL_BLOCKED),
        ),
        _rule(
            "rate-by-address",
            rate_by_address(settings.rate_per_address),
            responses.block(responses.RATE_LIMITED),
        ),
        _rule(
            "forged-firewall-header",
            text_match(HEADER_NAMES, WAF_HEADER_PREFIX, position="STARTS_WITH", transformation="LOWERCASE"),
            responses.block(responses.FIREWALL_BLOCKED),
        ),
        *token_rules,
        # "Not above 0" holds for an empty header and for a missing one.
        _rule(
            "credential-missing",
            without_credential,
            responses.block(responses.CREDENTIAL_MISSING),
        ),
        _rule(
            "rate-by-credential",
            rate_by_header(settings.rate_per_credential, CREDENTIAL_HEADER),
            responses.block(responses.RATE_LIMITED),
        ),
        _rule(
            "body-above-largest",
            regex_match(header("content-length"), decimal_above(_largest_body(catalog))),
            responses.block(responses.BODY_TOO_LARGE),
        ),
        *(_group_rule(group, settings.managed_rules) for group in MANAGED_GROUPS),
        _rule("body-not-inspected", _large_body(catalog), responses.block(responses.BODY_TOO_LARGE)),
        _rule("known-operation", any_of(*operations), {"allow": {}}),
    ]
    used = capacity(rules)
    if used > CAPACITY_INCLUDED:
        raise ValueError(
            f"the firewall's rules use {used} WCU, of {CAPACITY_INCLUDED} that AWS includes: remove operations "
            f"that nobody calls from the environment's file"
        )
    return [{**rule, "priority": priority} for priority, rule in enumerate(rules)]


def _rule(name: str, statement: Statement, action: dict[str, Any]) -> Rule:
    return {"name": name, "statement": statement, "action": action, "visibility_config": visibility(name)}


def _group_rule(group: ManagedGroup, mode: Literal["block", "count"]) -> Rule:
    """A group keeps its rules' own actions, except while an environment tries it out."""
    return {
        "name": group.name,
        "statement": managed_group(group.name, counted_rules=group.counted_rules),
        "override_action": {"count": {}} if mode == "count" else {"none": {}},
        "visibility_config": visibility(group.name),
    }


def visibility(name: str) -> dict[str, Any]:
    """Metrics under ``name``, and samples, which the web ACL's data protection strips of secrets."""
    return {"cloudwatch_metrics_enabled": True, "metric_name": name, "sampled_requests_enabled": True}


def _has_shape(shape: Shape) -> Statement:
    return all_of(text_match(METHOD, shape.method), regex_match(URI_PATH, shape.pattern))


def _largest_body(catalog: Catalog) -> int:
    return max(operation.max_body_bytes for operation in catalog.operations)


def _large_body(catalog: Catalog) -> Statement:
    """A body that WAF cannot read whole, sent to an operation that needs no such body."""
    large = [operation for operation in catalog.operations if operation.max_body_bytes > INSPECTED_BODY_BYTES]
    return all_of(has_label(OVERSIZE_LABEL), *(negate(_has_shape(shape)) for shape in shapes(large)))
