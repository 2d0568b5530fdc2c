"""Nobody outside of the account reads a secret, whatever IAM says."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.statements import Statement, statements

_POLICY = "aws_secretsmanager_secret_policy"


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    policies = [
        (policy, policy.address) for policy in stack.linking(resource, "secret_arn", types=(_POLICY,))
    ]
    if resource.get("policy") is not None:
        policies.append((resource, "its own policy"))
    if not policies:
        yield "has no policy of its own"
    for policy, name in policies:
        if policy.type == _POLICY and policy.known("block_public_policy") is not True:
            yield f"{name} may be made public (block_public_policy)"
        found = list(statements(stack, policy, "policy"))
        if not any(_denies(s, "aws:principalaccount") or _denies(s, "aws:principalorgid") for s in found):
            yield f"{name} denies nothing to other accounts"
        if not any(_denies(s, "aws:securetransport") for s in found):
            yield f"{name} does not deny connections without TLS"


def _denies(statement: Statement, key: str) -> bool:
    return not statement.allows and any(named.lower() == key for _, named, _ in statement.conditions)


POLICY = Policy(
    number=55,
    title="Each secret has a policy that denies strangers",
    severity=Severity.HIGH,
    practice=Practice.LEAST_PRIVILEGE,
    types=("aws_secretsmanager_secret",),
    why="A role's policy grows over the years; the secret's own policy is the line that it cannot cross.",
    remedy="Add aws_secretsmanager_secret_policy with block_public_policy = true that denies other accounts, and "
    "connections without TLS.",
    judge=judge,
    owasp=("API1:2023",),
)
