"""A bucket is nobody's but the account's, and is reached over TLS."""

from collections.abc import Iterator

from ..identity._wildcards import text
from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.statements import Statement, statements

_BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    blocks = stack.linking(resource, "bucket", types=("aws_s3_bucket_public_access_block",))
    if not blocks:
        yield "does not block public access"
    for block in blocks:
        if missing := [field for field in _BLOCKS if block.known(field) is not True]:
            yield f"{block.address} leaves {', '.join(missing)} off"
    policies = stack.linking(resource, "bucket", types=("aws_s3_bucket_policy",))
    if not any(_denies_plain_http(policy, stack, resource) for policy in policies):
        yield "is reached without TLS: no policy denies aws:SecureTransport false"


def _denies_plain_http(policy: Resource, stack: Stack, bucket: Resource) -> bool:
    return any(
        not statement.allows
        and _covers(statement, bucket)
        and any(
            key.lower() == "aws:securetransport" and "false" in map(str, values)
            for _, key, values in statement.conditions
        )
        for statement in statements(stack, policy, "policy")
    )


def _covers(statement: Statement, bucket: Resource) -> bool:
    """Whether it is of everybody, for the bucket and for every object in it."""
    everybody = any(name == "*" for names in (statement.principals or {}).values() for name in names)
    texts = [text(resource) for resource in statement.resources]
    objects = any(named.endswith("*") for named in texts)
    return everybody and (texts == ["*"] or (objects and any(not named.endswith("*") for named in texts)))


POLICY = Policy(
    number=82,
    title="Buckets block public access and plain HTTP",
    severity=Severity.CRITICAL,
    practice=Practice.HTTPS,
    types=("aws_s3_bucket",),
    why="Access logs hold every path that was called, and by whom.",
    remedy="Add aws_s3_bucket_public_access_block with all four set, and a bucket policy that denies requests with "
    "aws:SecureTransport false.",
    judge=judge,
    fsbp=("S3.5", "S3.8"),
    cis=("2.1.1", "2.1.4"),
)
