"""A bucket keeps what was written, encrypted, in the account's name."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.environments import is_production
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.known("force_destroy") is True and is_production(stack):
        yield "is destroyed with everything in it (force_destroy)"
    if not any(
        v.known("versioning_configuration", "status") == "Enabled" for v in _of(stack, resource, "versioning")
    ):
        yield "keeps no versions: what is overwritten is gone"
    owners = [c.known("rule", "object_ownership") for c in _of(stack, resource, "ownership_controls")]
    if "BucketOwnerEnforced" not in owners:
        yield "lets whoever writes an object own it (object_ownership)"
    encrypted = _of(stack, resource, "server_side_encryption_configuration")
    if not any(
        e.known("rule", "apply_server_side_encryption_by_default", "sse_algorithm") for e in encrypted
    ):
        yield "does not say how it is encrypted"


def _of(stack: Stack, bucket: Resource, setting: str) -> list[Resource]:
    return stack.linking(bucket, "bucket", types=(f"aws_s3_bucket_{setting}",))


POLICY = Policy(
    number=83,
    title="Buckets keep versions, are encrypted, and own what is written",
    severity=Severity.MEDIUM,
    practice=Practice.MONITORING,
    types=("aws_s3_bucket",),
    why="Access logs are evidence: whoever can write them should not be able to replace them.",
    remedy="Add aws_s3_bucket_versioning, aws_s3_bucket_ownership_controls with BucketOwnerEnforced, and "
    "aws_s3_bucket_server_side_encryption_configuration.",
    judge=judge,
    fsbp=("S3.12", "S3.14"),
)
