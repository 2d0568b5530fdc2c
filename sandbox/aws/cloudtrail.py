"""The events of Secrets Manager that CloudTrail records and EventBridge passes on: calls, and rotations.

As in an account whose trail records management events, reads included. Values are in no event.
"""

import json
import logging
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.events.models import events_backends
from moto.sts.models import sts_backends

from sandbox.aws.secrets.store import Secret

log = logging.getLogger(__name__)
SERVICE = "secretsmanager.amazonaws.com"
API_CALL, SERVICE_EVENT = "AWS API Call via CloudTrail", "AWS Service Event via CloudTrail"
_READS = ("Get", "Describe", "List", "BatchGet", "Validate")
_VALUES = frozenset({"SecretString", "SecretBinary"})


def record_call(
    *, account: str, region: str, access_key: str, name: str, request: Mapping[str, Any], error: str | None
) -> None:
    """Pass on one call of the API by the owner of ``access_key``; ``error`` is its error code, if it was refused."""
    detail = _detail(account, region, name) | {
        "userIdentity": identity(account, access_key),
        "sourceIPAddress": "127.0.0.1",
        "userAgent": "local",
        "requestParameters": {
            key[0].lower() + key[1:]: value for key, value in request.items() if key not in _VALUES
        },
        "readOnly": name.startswith(_READS),
        "eventType": "AwsApiCall",
    }
    if error:
        detail["errorCode"] = error
    _put(account, region, API_CALL, detail, [])


def record_rotation(secret: Secret, name: str, reason: str) -> None:
    """Pass on what became of a rotation."""
    _, _, _, region, account, _ = secret.arn.split(":", 5)
    detail = _detail(account, region, name) | {
        "userIdentity": {"accountId": account, "invokedBy": SERVICE},
        "sourceIPAddress": SERVICE,
        "userAgent": SERVICE,
        "requestParameters": None,
        "additionalEventData": {"SecretId": secret.arn},
        "readOnly": False,
        "eventType": "AwsServiceEvent",
    }
    if reason:
        detail["errorMessage"] = reason
    _put(account, region, SERVICE_EVENT, detail, [secret.arn])


def identity(account: str, access_key: str) -> dict[str, Any]:
    """Who an access key is: the session of a role, else the account's root."""
    role = sts_backends[account]["aws"].get_assumed_role_from_access_key(access_key)
    if role is None:
        root = f"arn:aws:iam::{account}:root"
        return {"type": "Root", "principalId": account, "arn": root, "accountId": account}
    return {
        "type": "AssumedRole",
        "principalId": role.user_id,
        "arn": role.arn,
        "accountId": account,
        "accessKeyId": access_key,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "arn": role.role_arn,
                "accountId": account,
                "userName": role.role_arn.rpartition("/")[2],
            }
        },
    }


def _detail(account: str, region: str, name: str) -> dict[str, Any]:
    return {
        "eventVersion": "1.08",
        "eventTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": SERVICE,
        "eventName": name,
        "awsRegion": region,
        "responseElements": None,
        "eventID": str(uuid.uuid4()),
        "recipientAccountId": account,
        "eventCategory": "Management",
        "managementEvent": True,
    }


def _put(account: str, region: str, kind: str, detail: dict[str, Any], resources: list[str]) -> None:
    event = {
        "Source": "aws.secretsmanager",
        "DetailType": kind,
        "Detail": json.dumps(detail),
        "Resources": resources,
    }
    try:
        events_backends[account][region].put_events([event])
    except Exception:  # events are passed on beside the call: they never make it fail
        log.exception("the event %s was not passed on", detail["eventName"])
