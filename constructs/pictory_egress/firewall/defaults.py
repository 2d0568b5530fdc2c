"""What the firewall holds to unless an environment says otherwise: groups, limits, and what no log may show."""

from dataclasses import dataclass
from typing import Final

from pictory_egress.api.headers import CREDENTIAL_HEADER, USER_ID_HEADER


@dataclass(frozen=True)
class ManagedGroup:
    """A rule group that AWS keeps up to date; ``capacity`` is its documented cost in WCU.

    Rules in ``counted_rules`` only label requests: a rule of ours decides on the label.
    """

    name: str
    capacity: int
    counted_rules: tuple[str, ...] = ()


OVERSIZE_RULE: Final = "SizeRestrictions_BODY"
OVERSIZE_LABEL: Final = "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body"
"""Given by :data:`OVERSIZE_RULE` to a request whose body passes :data:`INSPECTED_BODY_BYTES`."""

INSPECTED_BODY_BYTES: Final = 8_192
"""How much of a body AWS WAF reads behind a load balancer; no setting changes it."""

MANAGED_GROUPS: Final = (
    # From cheap to dear: a request that is refused early costs the later groups nothing.
    ManagedGroup("AWSManagedRulesAmazonIpReputationList", 25),
    ManagedGroup("AWSManagedRulesAnonymousIpList", 50),
    ManagedGroup("AWSManagedRulesKnownBadInputsRuleSet", 200),
    ManagedGroup("AWSManagedRulesCommonRuleSet", 700, counted_rules=(OVERSIZE_RULE,)),
)

WAF_HEADER_PREFIX: Final = "x-amzn-waf-"
"""Begins the names of headers that WAF itself adds: a caller who sends one pretends to be it."""

CAPACITY_INCLUDED: Final = 1_500
"""WCU that a web ACL may use without a surcharge."""

SECRET_HEADERS: Final = (CREDENTIAL_HEADER, "proxy-authorization", "cookie", USER_ID_HEADER)
"""Headers whose values no log and no sample shows."""
