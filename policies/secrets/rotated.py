"""A secret changes by itself, on a schedule."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack

_ROTATION = "aws_secretsmanager_secret_rotation"


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    rotations = stack.linking(resource, "secret_id", types=(_ROTATION,))
    if not rotations and not _waits_for_rotation(resource, stack):
        yield "is never rotated"
    for rotation in rotations:
        if rotation.get("rotation_lambda_arn") is None:
            yield f"{rotation.address} names no function that rotates it"


def _waits_for_rotation(resource: Resource, stack: Stack) -> bool:
    """Whether a rotation's function reads this secret: a candidate is replaced by its operator, not rotated."""
    functions = [f for r in stack.of(_ROTATION) for f in stack.linked(r, "rotation_lambda_arn")]
    rotated = {s.address for r in stack.of(_ROTATION) for s in stack.linked(r, "secret_id")}
    return any(
        secret.address == resource.address and secret.address not in rotated
        for function in functions
        for secret in stack.linked(function, "environment", types=("aws_secretsmanager_secret",))
    )


POLICY = Policy(
    number=52,
    title="Each secret is rotated, or is the candidate of one that is",
    severity=Severity.HIGH,
    practice=Practice.ROTATION,
    types=("aws_secretsmanager_secret",),
    why="A key that has leaked stays good until it changes: without a schedule, nobody knows for how long.",
    remedy="Add aws_secretsmanager_secret_rotation with a function and a schedule.",
    judge=judge,
    fsbp=("SecretsManager.1",),
    owasp=("API2:2023",),
)
