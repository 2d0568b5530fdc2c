"""What stands in a table is encrypted with a key that one can see, and with one's own where there is one."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for block in resource.blocks("server_side_encryption") or [{}]:
        if block.get("enabled") is not True:
            yield "is encrypted with a key that nobody can look at (server_side_encryption)"
        elif not block.get("kms_key_arn") and stack.of("aws_kms_key"):
            yield "is encrypted with AWS's key, beside customer keys (server_side_encryption.kms_key_arn)"


POLICY = Policy(
    number=125,
    title="Tables are encrypted with KMS, and with a customer key where the stack has keys",
    severity=Severity.MEDIUM,
    practice=Practice.LEAST_PRIVILEGE,
    types=("aws_dynamodb_table",),
    why="With AWS's own key, whoever may read the table reads it; with yours, the key's policy is asked as well.",
    remedy="Set server_side_encryption with enabled and, where the stack has a customer key, its kms_key_arn.",
    judge=judge,
)
