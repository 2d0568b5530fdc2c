"""AWS may write the logs that were asked for."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack, same
from ..stack.statements import statements
from ..stack.values import references, written

_WRITERS = {
    "aws_wafv2_web_acl_logging_configuration": "log_destination_configs",
    "aws_route53_resolver_query_log_config": "destination_arn",
}


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for group in stack.linked(resource, _WRITERS[resource.type], types=("aws_cloudwatch_log_group",)):
        policies = stack.of("aws_cloudwatch_log_resource_policy")
        if not any(_lets_write(policy, group, stack) for policy in policies):
            yield f"may not write into {group.address}: no policy lets delivery.logs.amazonaws.com"


def _lets_write(policy: Resource, group: Resource, stack: Stack) -> bool:
    return any(
        statement.allows
        and "delivery.logs.amazonaws.com" in (statement.principals or {}).get("Service", ())
        and any(str(action).lower() in ("logs:putlogevents", "logs:*", "*") for action in statement.actions)
        and any(_covers(resource, group) for resource in statement.resources)
        for statement in statements(stack, policy, "policy_document")
    )


def _covers(resource: Any, group: Resource) -> bool:
    """Whether a statement's resource is ``group``, by mention or by name."""
    if any(same(mention.address, group.address) for mention in references(resource)):
        return True
    named = written(resource).partition(":log-group:")[2].removesuffix(":*")
    return resource == "*" or (bool(named) and fnmatchcase(written(group.get("name")), named))


POLICY = Policy(
    number=85,
    title="Logs that AWS delivers have a policy that lets it write",
    severity=Severity.MEDIUM,
    practice=Practice.MONITORING,
    types=tuple(_WRITERS),
    why="Without it the log stays empty, and an empty log looks like a quiet day.",
    remedy="Add aws_cloudwatch_log_resource_policy for delivery.logs.amazonaws.com on the log group.",
    judge=judge,
)
