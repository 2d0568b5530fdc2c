"""A secret is encrypted with a key that has a policy of its own."""

from collections.abc import Iterator

from ..keys._own import is_own
from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if not is_own(resource, "kms_key_id", stack):
        yield "is encrypted with AWS's own key, which everybody in the account may use"


POLICY = Policy(
    number=51,
    title="Secrets are encrypted with a customer key",
    severity=Severity.HIGH,
    practice=Practice.LEAST_PRIVILEGE,
    types=("aws_secretsmanager_secret",),
    why="With AWS's own key, permission to read the secret is enough; a customer key is a second door.",
    remedy="Set kms_key_id to a customer key whose policy names who may decrypt.",
    judge=judge,
    owasp=("API2:2023",),
)
