"""A secret changes by itself, on a schedule."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack

_ROTATION = "aws_secretsmanager_secret_rotation"
_PERMISSION = "aws_lambda_permission"


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    rotations = stack.linking(resource, "secret_id", types=(_ROTATION,))
    if not rotations and not _waits_for_rotation(resource, stack):
        yield "is never rotated"
    for rotation in rotations:
        if rotation.get("rotation_lambda_arn") is None:
            yield f"{rotation.address} names no function that rotates it"
        for function in stack.linked(rotation, "rotation_lambda_arn", types=("aws_lambda_function",)):
            if not any(
                _lets_rotate(p) for p in stack.linking(function, "function_name", types=(_PERMISSION,))
            ):
                yield f"{function.address} may not be called by Secrets Manager: its rotation fails"


def _lets_rotate(permission: Resource) -> bool:
    return bool(permission.known("principal") == "secretsmanager.amazonaws.com")


def _waits_for_rotation(resource: Resource, stack: Stack) -> bool:
    """Whether a rotation's function reads this secret: a candidate is replaced by its operator, not rotated."""
    rotations = [r for r in stack.of(_ROTATION) if stack.linked(r, "secret_id")]
    functions = [f for r in rotations for f in stack.linked(r, "rotation_lambda_arn")]
    rotated = {s.address for r in rotations for s in stack.linked(r, "secret_id")}
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
