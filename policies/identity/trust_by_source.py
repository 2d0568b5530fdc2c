"""A role is assumed by whom it names, for this account only."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.statements import Statement, statements
from ._wildcards import text, wide_actions

_SOURCES = {"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:principalorgid"}
# These pass a role within its own account only, and give no source when they assume it.
_WITHOUT_SOURCE = {"lambda.amazonaws.com", "ec2.amazonaws.com", "edgelambda.amazonaws.com"}


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for statement in statements(stack, resource, "assume_role_policy"):
        if not statement.allows:
            continue
        principals = {
            kind: [text(name) for name in names] for kind, names in (statement.principals or {}).items()
        }
        if any("*" in names for names in principals.values()):
            yield "may be assumed by everybody"
        if wide := wide_actions(statement):
            yield f"may be taken by {', '.join(wide)}, not by assuming it alone"
        services = set(principals.get("Service", [])) - _WITHOUT_SOURCE
        if services and not _is_bound(statement):
            yield f"may be assumed by {', '.join(sorted(services))} on behalf of any account"


def _is_bound(statement: Statement) -> bool:
    return any(key.lower() in _SOURCES for _, key, _ in statement.conditions)


POLICY = Policy(
    number=72,
    title="Roles trust named principals, and services for this account only",
    severity=Severity.HIGH,
    practice=Practice.LEAST_PRIVILEGE,
    types=("aws_iam_role",),
    why="A service acts for all its customers: without the source account, a stranger's resource can borrow our role.",
    remedy="Name the principals, and add the condition aws:SourceAccount (or aws:SourceArn) for services.",
    judge=judge,
    owasp=("API2:2023", "API5:2023"),
)
