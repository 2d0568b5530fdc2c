"""A run that failed leaves something to look at."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    configured = stack.linking(resource, "function_name", types=("aws_lambda_function_event_invoke_config",))
    if not resource.get("dead_letter_config", "target_arn") and not configured:
        yield "keeps no event that it failed on (dead_letter_config)"
    if resource.known("tracing_config", "mode") != "Active":
        yield "is not traced (tracing_config.mode)"


POLICY = Policy(
    number=69,
    title="Functions keep what they failed on, and are traced",
    severity=Severity.LOW,
    practice=Practice.MONITORING,
    types=("aws_lambda_function",),
    why="A rotation that fails at night is looked into in the morning, from what it left.",
    remedy='Set dead_letter_config to a queue, and tracing_config.mode to "Active".',
    judge=judge,
    fsbp=("Lambda.7",),
)
