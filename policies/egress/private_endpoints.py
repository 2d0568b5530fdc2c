"""Calls to AWS stay in the VPC, and reach what the endpoint names."""

from collections.abc import Iterator

from ..identity._wildcards import wide_actions
from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.statements import Statement, statements


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if (
        resource.known("vpc_endpoint_type") == "Interface"
        and resource.known("private_dns_enabled") is not True
    ):
        yield "is not what AWS's own names resolve to (private_dns_enabled is not true)"
    own = stack.linking(resource, "vpc_endpoint_id", types=("aws_vpc_endpoint_policy",))
    policies = [policy for policy in (resource, *own) if policy.get("policy") is not None]
    if not policies:
        yield "lets through every call to the service, of any account: it has no policy"
    for statement in [s for policy in policies for s in statements(stack, policy, "policy")]:
        if statement.allows and (wide := wide_actions(statement)):
            yield f"{statement} lets through {', '.join(wide)}"
        if _is_unbound(statement):
            yield f"{statement} lets through calls of anybody to anything"


def _is_unbound(statement: Statement) -> bool:
    return statement.allows and "*" in statement.resources and not statement.conditions


POLICY = Policy(
    number=8,
    title="VPC endpoints are used by name, and let through named calls",
    severity=Severity.HIGH,
    practice=Practice.LEAST_PRIVILEGE,
    types=("aws_vpc_endpoint",),
    why="Through an open endpoint data leaves to a stranger's bucket or secret, and no firewall sees it.",
    remedy="Set private_dns_enabled = true, and a policy that names actions and resources, or the account.",
    judge=judge,
    owasp=("API7:2023",),
)
