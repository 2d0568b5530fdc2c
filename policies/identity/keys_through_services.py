"""A role decrypts what a service hands it, not whatever it finds."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._granted import GRANTS, granted

_ACTIONS = ("kms:decrypt", "kms:generatedatakey", "kms:encrypt", "kms:reencrypt")
_BOUNDS = ("kms:viaservice", "kms:encryptioncontext", "kms:grantisforawsresource")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for statement in granted(resource, stack):
        used = [action for action in statement.actions if str(action).lower().startswith(_ACTIONS)]
        bound = any(key.lower().startswith(_BOUNDS) for _, key, _ in statement.conditions)
        if statement.allows and used and not bound:
            yield f"{statement} allows {', '.join(used)} of anything that the key encrypts"


POLICY = Policy(
    number=75,
    title="Roles use keys through the service that they are for",
    severity=Severity.MEDIUM,
    practice=Practice.LEAST_PRIVILEGE,
    types=GRANTS,
    why="One key encrypts secrets, queues and variables: who may decrypt one of them should not get all.",
    remedy="Add the condition kms:ViaService or kms:EncryptionContext:….",
    judge=judge,
    owasp=("API5:2023",),
)
