"""What has a policy of its own grants named actions."""

import re
from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.statements import Statement, statements
from ._wildcards import is_everything, text, wide_actions

_FIELDS = {
    "aws_s3_bucket_policy": "policy", "aws_sqs_queue": "policy", "aws_sqs_queue_policy": "policy",
    "aws_s3_bucket": "policy", "aws_sns_topic": "policy",
    "aws_sns_topic_policy": "policy", "aws_secretsmanager_secret_policy": "policy",
    "aws_cloudwatch_log_resource_policy": "policy_document", "aws_kms_key": "policy", "aws_kms_key_policy": "policy",
}  # fmt: skip
_ACCOUNT = re.compile(r":root$|^\d{12}$")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for statement in statements(stack, resource, _FIELDS[resource.type]):
        if not statement.allows:
            continue
        # The account itself must be let in, or nobody administers the key.
        wide = [] if _is_account(statement) else wide_actions(statement)
        if wide:
            yield f"{statement} allows {', '.join(wide)}"
        if resource.type == "aws_cloudwatch_log_resource_policy" and any(
            map(is_everything, statement.resources)
        ):
            yield f"{statement} is of every log group"


def _is_account(statement: Statement) -> bool:
    names = [text(name) for name in (statement.principals or {}).get("AWS", ())]
    return bool(names) and set(statement.principals or {}) == {"AWS"} and all(map(_ACCOUNT.search, names))


POLICY = Policy(
    number=77,
    title="Policies of keys, buckets, queues, topics and logs grant named actions",
    severity=Severity.HIGH,
    practice=Practice.LEAST_PRIVILEGE,
    types=tuple(_FIELDS),
    why="A service that may do everything to a bucket may also make it public, or empty it.",
    remedy="List the actions that the principal needs.",
    judge=judge,
    fsbp=("S3.6",),
    owasp=("API5:2023",),
)
