"""What has a policy of its own lets nobody in from outside."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.statements import Statement, statements
from ._wildcards import text

_FIELDS = {
    "aws_kms_key": "policy", "aws_kms_key_policy": "policy", "aws_secretsmanager_secret": "policy",
    "aws_secretsmanager_secret_policy": "policy", "aws_s3_bucket_policy": "policy", "aws_sqs_queue": "policy",
    "aws_sqs_queue_policy": "policy", "aws_sns_topic": "policy", "aws_sns_topic_policy": "policy",
    "aws_s3_bucket": "policy", "aws_ecr_repository_policy": "policy",
    "aws_cloudwatch_log_resource_policy": "policy_document",
}  # fmt: skip
_BOUNDS = {
    "aws:sourceaccount", "aws:sourcearn", "aws:sourceowner", "aws:principalaccount", "aws:principalorgid",
    "aws:principalarn", "aws:sourcevpce", "aws:sourcevpc", "kms:calleraccount", "kms:viaservice",
}  # fmt: skip


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for statement in statements(stack, resource, _FIELDS[resource.type]):
        if not statement.allows:
            continue
        if statement.not_principals:
            yield f"{statement} lets in all but whom it names (NotPrincipal)"
        if _is_everybody(statement) and not _is_bound(statement):
            yield f"{statement} lets everybody in"


def _is_everybody(statement: Statement) -> bool:
    principals = statement.principals or {}
    return any(text(name) == "*" for kind in ("*", "AWS") for name in principals.get(kind, ()))


def _is_bound(statement: Statement) -> bool:
    return any(
        key.lower() in _BOUNDS and not operator.startswith(("StringNot", "ArnNot")) and "*" not in values
        for operator, key, values in statement.conditions
    )


POLICY = Policy(
    number=73,
    title="Keys, secrets, queues, topics and buckets let nobody in from outside",
    severity=Severity.CRITICAL,
    practice=Practice.LEAST_PRIVILEGE,
    types=tuple(_FIELDS),
    why='A principal "*" without a condition is every AWS customer there is.',
    remedy="Name the principals, or bound them by a condition such as aws:PrincipalAccount or aws:SourceArn.",
    judge=judge,
    fsbp=("S3.2", "KMS.5", "SNS.4", "SQS.3"),
    owasp=("API1:2023",),
)
