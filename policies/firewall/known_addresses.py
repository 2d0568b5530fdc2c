"""Calls come from the company's addresses."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..egress._rules import everywhere
from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import is_set
from ._rules import block, rules, statements

_SET = "aws_wafv2_ip_set"


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.type == _SET:
        if found := everywhere(resource.known("addresses") or []):
            yield f"holds every address ({', '.join(sorted(found))})"
        return
    associations = stack.linking(resource, "web_acl_arn", types=("aws_wafv2_web_acl_association",))
    balancers = [
        b for a in associations for b in stack.linked(a, "resource_arn", types=("aws_lb", "aws_alb"))
    ]
    if any(balancer.known("internal") is True for balancer in balancers) and not any(
        map(_refuses_others, rules(resource))
    ):
        yield "blocks nobody by address, before a load balancer that is internal"


def _refuses_others(rule: Mapping[str, Any]) -> bool:
    return is_set(block(rule.get("action")).get("block")) and any(
        any(reference.get("arn") for reference in statements(refused, "ip_set_reference_statement"))
        for refused in statements(rule, "not_statement")
    )


POLICY = Policy(
    number=50,
    title="Before internal load balancers, web ACLs block all but named addresses",
    severity=Severity.HIGH,
    practice=Practice.ADDRESSES,
    types=("aws_wafv2_web_acl", _SET),
    why="A peering or a VPN added later brings networks that nobody thought of when the security groups "
    "were written.",
    remedy="Add a rule that blocks by a not_statement with an ip_set_reference_statement of the callers' "
    "ranges.",
    judge=judge,
    owasp=("API8:2023",),
)
