"""A function's code cannot use what Lambda needs to attach it."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.statements import Statement
from ..stack.values import written
from ._granted import ROLE, granted_to

_ATTACH = "ec2:createnetworkinterface"
_BY_AWS = ":policy/service-role/AWSLambdaVPCAccessExecutionRole"
_CODE = "lambda:sourcefunctionarn"


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if not stack.linking(resource, "role", types=("aws_lambda_function",)):
        return
    found = list(granted_to(resource, stack))
    attaches = _attaches_by_aws(resource, stack) or any(s.allows and _names(s) for s in found)
    if attaches and not any(
        not statement.allows
        and _names(statement)
        and any(key.lower() == _CODE for _, key, _ in statement.conditions)
        for statement in found
    ):
        yield "lets the function's code create network interfaces, which only Lambda itself must"


def _attaches_by_aws(role: Resource, stack: Stack) -> bool:
    """Whether AWS's own policy for functions in a network is attached."""
    given = role.get("managed_policy_arns")
    arns = [written(arn) for arn in given] if isinstance(given, list) else []
    for attachment in stack.linking(role, "role", types=("aws_iam_role_policy_attachment",)):
        arns.append(written(attachment.get("policy_arn")))
    return any(arn.endswith(_BY_AWS) for arn in arns)


def _names(statement: Statement) -> bool:
    return any(str(action).lower() in (_ATTACH, "ec2:*", "*") for action in statement.actions)


POLICY = Policy(
    number=76,
    title="Functions' code is denied what attaches it to the network",
    severity=Severity.MEDIUM,
    practice=Practice.LEAST_PRIVILEGE,
    types=(ROLE,),
    why="With these permissions an intruder in the function puts an interface into any subnet of the "
    "account.",
    remedy="Deny the ec2 actions where lambda:SourceFunctionArn is the function's ARN.",
    judge=judge,
    owasp=("API5:2023",),
)
