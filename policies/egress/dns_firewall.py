"""Names resolve in a VPC only when they are needed there."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack

_ASSOCIATION = "aws_route53_resolver_firewall_rule_group_association"
_RULE = "aws_route53_resolver_firewall_rule"


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    associations = stack.linking(resource, "vpc_id", types=(_ASSOCIATION,))
    if not associations:
        yield "has no DNS Firewall: any name resolves, and DNS itself carries data out"
    for association in associations:
        for group in stack.linked(association, "firewall_rule_group_id"):
            yield from _rules(group, stack)
    for config in stack.linking(resource, "resource_id", types=("aws_route53_resolver_firewall_config",)):
        if config.known("firewall_fail_open") == "ENABLED":
            yield f"{config.address} fails open: names resolve while the firewall cannot answer"


def _rules(group: Resource, stack: Stack) -> Iterator[str]:
    rules = stack.linking(group, "firewall_rule_group_id", types=(_RULE,))
    by_priority = sorted(rules, key=lambda rule: int(rule.known("priority")))
    if not by_priority:
        yield f"{group.address} has no rules"
        return
    *earlier, last = by_priority
    if last.known("action") != "BLOCK" or not _is_of_every_name(last, stack):
        yield f"{last.address}, the last rule of {group.address}, does not block every name"
    for rule in earlier:
        if rule.known("action") != "BLOCK" and _is_of_every_name(rule, stack):
            yield f"{rule.address} lets every name resolve, before {last.address} can block it"


def _is_of_every_name(rule: Resource, stack: Stack) -> bool:
    lists = stack.linked(rule, "firewall_domain_list_id")
    return any({"*", "*."} & set(domains.known("domains") or []) for domains in lists)


POLICY = Policy(
    number=4,
    title="A DNS Firewall blocks every name that is not allowed",
    severity=Severity.HIGH,
    practice=Practice.ADDRESSES,
    types=("aws_vpc",),
    why="The resolver answers inside the VPC whatever the security groups say: a DNS tunnel needs nothing else.",
    remedy="Associate a rule group whose last rule has action BLOCK for the domain list of '*'.",
    judge=judge,
    owasp=("API7:2023",),
)
