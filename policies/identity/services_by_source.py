"""An AWS service that is let in acts for this account."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.statements import Statement, statements
from ._wildcards import text

_FIELDS = {
    "aws_kms_key": "policy", "aws_kms_key_policy": "policy", "aws_s3_bucket_policy": "policy",
    "aws_s3_bucket": "policy", "aws_sqs_queue": "policy",
    "aws_sqs_queue_policy": "policy", "aws_sns_topic": "policy", "aws_sns_topic_policy": "policy",
    "aws_secretsmanager_secret_policy": "policy", "aws_cloudwatch_log_resource_policy": "policy_document",
}  # fmt: skip
_SOURCES = (
    "aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceowner", "kms:encryptioncontext",
    "kms:viaservice", "kms:calleraccount",
)  # fmt: skip
# AWS documents that a topic's policy for EventBridge takes no condition.
_WITHOUT_SOURCE = {"events.amazonaws.com"}


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for statement in statements(stack, resource, _FIELDS[resource.type]):
        services = {text(name) for name in (statement.principals or {}).get("Service", ())} - _WITHOUT_SOURCE
        if statement.allows and services and not _is_bound(statement):
            yield f"{statement} lets {', '.join(sorted(services))} in on behalf of any account"


def _is_bound(statement: Statement) -> bool:
    return any(key.lower().startswith(_SOURCES) for _, key, _ in statement.conditions)


POLICY = Policy(
    number=74,
    title="Services are let into keys, buckets, topics and logs for this account only",
    severity=Severity.MEDIUM,
    practice=Practice.LEAST_PRIVILEGE,
    types=tuple(_FIELDS),
    why="A service acts for all its customers: a stranger's alarm or log would use our key and fill our "
    "bucket.",
    remedy="Add the condition aws:SourceAccount, or aws:SourceArn, to the statement.",
    judge=judge,
    owasp=("API5:2023",),
)
