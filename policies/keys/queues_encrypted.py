"""What waits in a queue is encrypted with a key of one's own."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._own import is_own


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if not is_own(resource, "kms_master_key_id", stack):
        yield "is not encrypted with a customer key (kms_master_key_id)"


POLICY = Policy(
    number=64,
    title="Queues are encrypted with a customer key",
    severity=Severity.LOW,
    practice=Practice.LEAST_PRIVILEGE,
    types=("aws_sqs_queue",),
    why="Dead letters hold what a function was given: whoever may read queues should not read them.",
    remedy="Set kms_master_key_id to a customer key.",
    judge=judge,
    fsbp=("SQS.1",),
)
