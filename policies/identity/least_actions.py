"""A role may do named things to named resources."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.statements import Statement
from ._granted import GRANTS, granted
from ._wildcards import is_everything, needs_resource, wide_actions

_KINDS = (
    "secretsmanager:resource",
    "kms:resourcealiases",
    "cloudwatch:namespace",
    "s3:resourceaccount",
    "iam:passedto",
)


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for statement in granted(resource, stack):
        if not statement.allows:
            continue
        if wide := wide_actions(statement):
            yield f"{statement} allows {', '.join(wide)}"
        if statement.not_actions or statement.not_resources:
            yield f"{statement} allows all but what it names (NotAction, NotResource)"
        unbound = any(is_everything(r) for r in statement.resources) and not _bounds_resources(statement)
        if unbound and (wanting := needs_resource(statement)):
            yield f"{statement} allows {', '.join(wanting)} on every resource"


def _bounds_resources(statement: Statement) -> bool:
    """Whether a condition says which resources, by their tag, their account or what they are."""
    return any(key.lower().startswith(("aws:resource", *_KINDS)) for _, key, _ in statement.conditions)


POLICY = Policy(
    number=71,
    title="Roles are allowed named actions on named resources",
    severity=Severity.CRITICAL,
    practice=Practice.LEAST_PRIVILEGE,
    types=GRANTS,
    why="What a role may do, an intruder in its task may do: a star reaches every secret of the account.",
    remedy="List the actions, and give each statement the ARNs of what it is for; Resource * only for actions that "
    "take no resource.",
    judge=judge,
    fsbp=("IAM.1", "IAM.21"),
    cis=("1.16",),
    owasp=("API5:2023",),
)
