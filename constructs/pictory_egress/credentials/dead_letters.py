"""The queue that keeps the events of invocations that Lambda gave up."""

from pictory_egress.cdk import Construct, aws
from pictory_egress.iam import document, statement

_FOURTEEN_DAYS = 14 * 24 * 60 * 60


class DeadLetters(Construct):
    """``queue_name`` and ``queue_arn``. An event names a secret, a version and a step; it holds no value."""

    def __init__(
        self, scope: Construct, id_: str, *, name: str, account_id: str, region: str, key_arn: str
    ) -> None:
        super().__init__(scope, id_)
        # A queue's policy must name the queue, which Terraform could not do within the queue itself.
        arn = f"arn:aws:sqs:{region}:{account_id}:{name}"
        queue = aws.sqs_queue.SqsQueue(
            self,
            "Queue",
            name=name,
            message_retention_seconds=_FOURTEEN_DAYS,
            kms_master_key_id=key_arn,
            policy=document(
                statement(
                    "EncryptedConnectionsOnly",
                    effect="Deny",
                    actions=["sqs:*"],
                    resources=[arn],
                    principals="*",
                    conditions={"Bool": {"aws:SecureTransport": "false"}},
                )
            ),
        )
        self.queue_name: str = queue.name
        self.queue_arn: str = queue.arn
