"""In production, what holds what cannot be made again is not destroyed by a plan."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.environments import is_production
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if is_production(stack) and resource.known("lifecycle", "prevent_destroy") is not True:
        yield "can be destroyed by a plan"


POLICY = Policy(
    number=98,
    title="Production's keys, secrets, buckets and tables are protected from destruction",
    severity=Severity.HIGH,
    practice=Practice.ROTATION,
    types=("aws_kms_key", "aws_secretsmanager_secret", "aws_s3_bucket", "aws_dynamodb_table"),
    why="A renamed construct is a destroyed and made resource: with the key goes everything that it encrypts.",
    remedy="Set lifecycle prevent_destroy = true.",
    judge=judge,
)
