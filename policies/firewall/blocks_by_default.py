"""A web ACL blocks what no rule allows."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import is_set
from ._rules import block


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    action = block(resource.get("default_action"))
    if not is_set(action.get("block")) or is_set(action.get("allow")):
        yield "lets pass what no rule names"


POLICY = Policy(
    number=42,
    title="Web ACLs block what no rule allows",
    severity=Severity.CRITICAL,
    practice=Practice.WAF,
    types=("aws_wafv2_web_acl",),
    why="A list of what is bad is never complete; the API's operations are a complete list of what is good.",
    remedy="Set default_action to block, and allow the API's paths, methods and callers by rules.",
    judge=judge,
    owasp=("API8:2023", "API9:2023"),
)
