"""What a caller gets from each rule of the web ACL that blocks."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from pictory_egress.firewall.responses import OPERATION_UNKNOWN, RESPONSES

DEFAULT_ACTION: Final = "Default_Action"
"""Name of the web ACL's default action in AWS WAF's log."""

MANAGED_STATUS: Final = 403
MANAGED_MESSAGES: Final = {
    "AWSManagedRulesAmazonIpReputationList": "AWS lists the source address as a threat. Call from another address.",
    "AWSManagedRulesAnonymousIpList": "The source address is of a VPN, a proxy, Tor or a hosting provider. Call from "
    "another address.",
    "AWSManagedRulesKnownBadInputsRuleSet": "The request looks like a known attack, for example a JNDI lookup or a "
    "Host of localhost. Send none, or ask the gateway's operators for an exception.",
    "AWSManagedRulesCommonRuleSet": "The request has no User-Agent, or looks like an attack, for example with a URL of "
    "an instance's metadata. Send a User-Agent and no such text, or ask the gateway's operators for an exception.",
}
"""What to change, by managed rule group: AWS WAF answers for them with a page of HTML that says nothing."""

_CODES: Final = {refusal.code: refusal for refusal in RESPONSES}


class FirewallAnswer(NamedTuple):
    """A rule's answer; ``code`` is empty where the body is no JSON."""

    rule: str
    code: str
    status: int
    message: str


def answers(rules: Iterable[Mapping[str, Any]]) -> Iterator[FirewallAnswer]:
    """The answers of ``rules``, as :func:`web_acl_rules` makes them, in their order; the default action is last."""
    for rule in rules:
        if "block" in rule.get("action", {}):
            refusal = _CODES[rule["action"]["block"]["custom_response"]["custom_response_body_key"]]
            yield FirewallAnswer(rule["name"], refusal.code, refusal.status, refusal.message)
        elif "none" in rule.get("override_action", {}):
            yield FirewallAnswer(rule["name"], "", MANAGED_STATUS, MANAGED_MESSAGES[rule["name"]])
    last = OPERATION_UNKNOWN
    yield FirewallAnswer(DEFAULT_ACTION, last.code, last.status, last.message)
