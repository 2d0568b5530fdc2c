"""EventBridge: SNS and Lambda as targets of rules, and the service events of rotations."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.events.models import Rule, events_backends
from moto.events.utils import EventTemplateParser
from moto.sns.models import sns_backends

from sandbox.aws.patching import replace
from sandbox.aws.secrets.store import Secret


def install(*, invoke: Callable[[str, Any], None]) -> None:
    """Let rules send to SNS topics and, by ``invoke(arn, event)``, to functions; moto knows the others."""

    @replace(Rule)
    def send_to_targets(
        rule: Any, event: dict[str, Any], transform_input: bool = True, *, original: Any
    ) -> None:
        ours = [target for target in rule.targets if target["Arn"].split(":")[2] in ("sns", "lambda")]
        if ours and rule.state == "ENABLED" and rule.event_pattern.matches_event(event):
            for target in ours:
                _send(target, event, invoke)
        if len(ours) < len(rule.targets):
            everything, rule.targets = rule.targets, [target for target in rule.targets if target not in ours]
            try:
                original(rule, event, transform_input)
            finally:
                rule.targets = everything


def _send(target: dict[str, Any], event: dict[str, Any], invoke: Callable[[str, Any], None]) -> None:
    transformer = target.get("InputTransformer", {})
    body = EventTemplateParser.parse(
        input_template=transformer.get("InputTemplate"),
        input_paths_map=transformer.get("InputPathsMap", {}),
        event=event,
    )
    _, _, service, region, account, _ = target["Arn"].split(":", 5)
    if service == "sns":
        text = body if isinstance(body, str) else json.dumps(body)
        sns_backends[account][region].publish(text, arn=target["Arn"])
    else:
        invoke(target["Arn"], body)


def announce_rotation(secret: Secret, name: str, reason: str) -> None:
    """Put Secrets Manager's service event of a rotation on the default bus, as CloudTrail records it."""
    _, _, _, region, account, _ = secret.arn.split(":", 5)
    detail = {
        "eventVersion": "1.08",
        "userIdentity": {"accountId": account, "invokedBy": "secretsmanager.amazonaws.com"},
        "eventTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "secretsmanager.amazonaws.com",
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": "secretsmanager.amazonaws.com",
        "userAgent": "secretsmanager.amazonaws.com",
        "requestParameters": None,
        "responseElements": None,
        "additionalEventData": {"SecretId": secret.arn},
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsServiceEvent",
        "recipientAccountId": account,
        "eventCategory": "Management",
    }
    if reason:
        detail["errorMessage"] = reason
    event = {
        "Source": "aws.secretsmanager",
        "DetailType": "AWS Service Event via CloudTrail",
        "Detail": json.dumps(detail),
        "Resources": [secret.arn],
    }
    events_backends[account][region].put_events([event])
