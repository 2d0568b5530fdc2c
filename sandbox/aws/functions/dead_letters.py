"""Where an asynchronous invocation goes when it has failed for the last time."""

from typing import Any

from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from sandbox.aws.functions.process import Invocation


def send_dead_letter(target_arn: str, event: str, done: Invocation) -> None:
    """Send the event to the queue or topic, with the attributes that Lambda adds."""
    _, _, service, region, account, name = target_arn.split(":", 5)
    attributes: dict[str, Any] = {
        "RequestID": {"DataType": "String", "StringValue": done.request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": done.reason[:1024]},
    }
    if service == "sqs":
        sqs_backends[account][region].send_message(name, event, message_attributes=attributes)
    else:
        sns_backends[account][region].publish(message=event, arn=target_arn, subject=None)
