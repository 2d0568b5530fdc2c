"""Terraform's state is encrypted, locked, and not on one machine."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import TERRAFORM, Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    backend = resource.get("backend") or {}
    if "s3" not in backend:
        yield f"keeps its state in {', '.join(backend) or 'a file beside it'}"
        return
    if resource.known("backend", "s3", "encrypt") is not True:
        yield "keeps its state unencrypted (encrypt is not true)"
    key = str(resource.known("backend", "s3", "kms_key_id") or "")
    if not key or "alias/aws/" in key:
        yield "keeps its state without a customer key (kms_key_id)"
    if resource.known("backend", "s3", "use_lockfile") is not True and not resource.get(
        "backend", "s3", "dynamodb_table"
    ):
        yield "keeps its state unlocked: two runs at once break it (use_lockfile)"


POLICY = Policy(
    number=96,
    title="State is in S3: encrypted with a customer key, and locked",
    severity=Severity.HIGH,
    practice=Practice.LEAST_PRIVILEGE,
    types=(TERRAFORM,),
    why="State names every resource and holds values that no log would show; a lost state is a lost stack.",
    remedy="Use the S3 backend with encrypt, kms_key_id and use_lockfile.",
    judge=judge,
)
