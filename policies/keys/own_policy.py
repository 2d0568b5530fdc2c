"""A key says itself who may use it."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.statements import statements


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    policies = [(resource, resource.get("policy"))] if resource.get("policy") else []
    policies += [
        (p, p.get("policy")) for p in stack.linking(resource, "key_id", types=("aws_kms_key_policy",))
    ]
    if not policies:
        yield "has no policy of its own: AWS's lets IAM alone decide"
    for policy, _ in policies:
        if not any(
            statement.allows and statement.principals for statement in statements(stack, policy, "policy")
        ):
            yield "has a policy that lets nobody in: nobody can use it, or mend that"


POLICY = Policy(
    number=63,
    title="KMS keys have a policy of their own",
    severity=Severity.MEDIUM,
    practice=Practice.LEAST_PRIVILEGE,
    types=("aws_kms_key",),
    why="With AWS's default policy, whoever can write IAM policies can give themselves the key.",
    remedy="Write policy: the account administers, and each service that uses the key is named.",
    judge=judge,
)
