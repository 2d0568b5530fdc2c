"""Encryption keys change by themselves."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack

_LONGEST_DAYS = 365


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    spec = resource.known("customer_master_key_spec") or "SYMMETRIC_DEFAULT"
    usage = resource.known("key_usage") or "ENCRYPT_DECRYPT"
    if spec != "SYMMETRIC_DEFAULT" or usage != "ENCRYPT_DECRYPT":
        return  # AWS cannot rotate these
    if resource.known("enable_key_rotation") is not True:
        yield "is never rotated"
    elif int(resource.known("rotation_period_in_days") or _LONGEST_DAYS) > _LONGEST_DAYS:
        yield f"is rotated after {resource.known('rotation_period_in_days')} days: at most {_LONGEST_DAYS}"


POLICY = Policy(
    number=61,
    title="Symmetric KMS keys are rotated yearly",
    severity=Severity.MEDIUM,
    practice=Practice.ROTATION,
    types=("aws_kms_key",),
    why="What was encrypted long ago should not open with what encrypts today.",
    remedy="Set enable_key_rotation = true.",
    judge=judge,
    cis=("3.6",),
)
