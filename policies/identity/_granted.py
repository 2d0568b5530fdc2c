"""What identities are granted, wherever that is written."""

from collections.abc import Iterator
from typing import Final

from ..stack.resource import Resource, Stack
from ..stack.statements import Statement, statements, statements_of

ROLE: Final = "aws_iam_role"
GRANTS: Final = ("aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy", ROLE)


def granted(resource: Resource, stack: Stack) -> Iterator[Statement]:
    """The statements of a resource of ``GRANTS``; of a role, those of the policies inside of it.

    Raises
    ------
    NotKnownError
        They are not known before the stack is applied.
    """
    if resource.type == ROLE:
        for block in resource.blocks("inline_policy"):
            yield from statements_of(stack, block.get("policy"), "inline_policy.policy")
    else:
        yield from statements(stack, resource, "policy")


def granted_to(role: Resource, stack: Stack) -> Iterator[Statement]:
    """Every statement that a role of the stack has: inside of it, of its own policies, and of those attached."""
    yield from granted(role, stack)
    for policy in stack.linking(role, "role", types=("aws_iam_role_policy",)):
        yield from granted(policy, stack)
    for attachment in stack.linking(role, "role", types=("aws_iam_role_policy_attachment",)):
        for policy in stack.linked(attachment, "policy_arn", types=("aws_iam_policy",)):
            yield from granted(policy, stack)
