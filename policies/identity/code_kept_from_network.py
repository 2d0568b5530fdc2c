"""A function's code cannot use what Lambda needs to attach it."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.statements import Statement, statements

_ATTACH = "ec2:createnetworkinterface"
_CODE = "lambda:sourcefunctionarn"


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    roles = stack.linked(resource, "role", types=("aws_iam_role",))
    if not any(stack.linking(role, "role", types=("aws_lambda_function",)) for role in roles):
        return
    found = list(statements(stack, resource, "policy"))
    if any(statement.allows and _names(statement) for statement in found) and not any(
        not statement.allows
        and _names(statement)
        and any(key.lower() == _CODE for _, key, _ in statement.conditions)
        for statement in found
    ):
        yield "lets the function's code create network interfaces, which only Lambda itself must"


def _names(statement: Statement) -> bool:
    return any(str(action).lower() in (_ATTACH, "ec2:*", "*") for action in statement.actions)


POLICY = Policy(
    number=76,
    title="Functions' code is denied what attaches it to the network",
    severity=Severity.MEDIUM,
    practice=Practice.LEAST_PRIVILEGE,
    types=("aws_iam_role_policy",),
    why="With these permissions an intruder in the function puts an interface into any subnet of the "
    "account.",
    remedy="Deny the ec2 actions where lambda:SourceFunctionArn is the function's ARN.",
    judge=judge,
    owasp=("API5:2023",),
)
