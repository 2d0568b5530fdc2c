"""A function cannot run without limit."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    most = resource.known("reserved_concurrent_executions")
    if most is None or int(most) < 0:
        yield "may run any number of times at once (reserved_concurrent_executions)"


POLICY = Policy(
    number=113,
    title="Functions have a limit of how many run at once",
    severity=Severity.LOW,
    practice=Practice.LEAST_PRIVILEGE,
    types=("aws_lambda_function",),
    why="Two rotations at once promote each other's keys; and one function can use up the account's share.",
    remedy="Set reserved_concurrent_executions; for a rotation, to 1.",
    judge=judge,
    owasp=("API4:2023",),
)
