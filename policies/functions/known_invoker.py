"""A function is called by whom its permission names."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack

_URL = "aws_lambda_function_url"
_ROTATES = "secretsmanager.amazonaws.com"


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.type == _URL:
        if resource.known("authorization_type") == "NONE":
            yield "answers everybody (authorization_type)"
        return
    principal = str(resource.known("principal"))
    if principal == "*":
        yield "lets everybody call the function"
    elif principal.endswith(".amazonaws.com") and not _names_its_source(resource):
        yield f"lets {principal} call it for any account (source_account and source_arn are missing)"
    elif principal == _ROTATES and resource.get("source_arn") is None:
        yield "lets any secret of the account call it (source_arn is missing)"
    if resource.known("function_url_auth_type") == "NONE":
        yield "opens a function URL to everybody"


def _names_its_source(resource: Resource) -> bool:
    return resource.get("source_account") is not None or resource.get("source_arn") is not None


POLICY = Policy(
    number=66,
    title="Lambda permissions name the account or resource that calls",
    severity=Severity.HIGH,
    practice=Practice.LEAST_PRIVILEGE,
    types=("aws_lambda_permission", _URL),
    why="A service calls for whoever asks it to: without the source, a stranger's secret can start our rotation.",
    remedy="Set source_account, and source_arn where the source is known.",
    judge=judge,
    fsbp=("Lambda.1",),
    owasp=("API1:2023", "API5:2023"),
)
