"""What is told at once, without a metric: events of the secrets, from CloudTrail through EventBridge.

Events of secrets reach EventBridge only in an account whose CloudTrail trail records management events, reads
included.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pictory_egress.cdk import Fn
from pictory_egress.monitoring.watched import WatchedCredentials, WatchedGateway

_SERVICE = "secretsmanager.amazonaws.com"
# A role's session names its role here; users, root and services have no such field.
_ROLE = ("userIdentity", "sessionContext", "sessionIssuer", "arn")


@dataclass(frozen=True, kw_only=True)
class Notice:
    """An event that people are told of.

    ``paths`` are the fields of the event that the message may show, by the name it uses: none holds a
    secret's value. ``text`` has these names in angle brackets. ``reads`` also matches read-only calls, which
    a rule leaves out unless told.
    """

    slug: str
    meaning: str
    pattern: Mapping[str, Any]
    paths: Mapping[str, str]
    text: str
    reads: bool = False


_CALL_PATHS = {
    "time": "$.detail.eventTime",
    "action": "$.detail.eventName",
    "principal": "$.detail.userIdentity.arn",
    "address": "$.detail.sourceIPAddress",
    "secret": "$.detail.requestParameters.secretId",
    "error": "$.detail.errorCode",
    "event": "$.detail.eventID",
}
_CALL_TEXT = (
    "<action> on <secret> by <principal> from <address> at <time>. Error: <error>. CloudTrail event <event>."
)
_KEY_PATHS = {name: path for name, path in _CALL_PATHS.items() if name != "secret"}
_KEY_TEXT = _CALL_TEXT.replace(" on <secret>", "")


def notices(
    *, gateway: WatchedGateway, credentials: WatchedCredentials, secret_readers: Sequence[str]
) -> tuple[Notice, ...]:
    """The notices of one environment. ``secret_readers`` may read the key besides our own roles."""
    secret, staging = _ids(credentials.secret_arn), _ids(credentials.staging_secret_arn)
    rotation = credentials.rotation_role_arn
    # These two actions take a key's ARN or its id, no alias.
    key = [credentials.secrets_key_arn, Fn.replace(credentials.secrets_key_arn, "/^.*:key./", "")]
    readers = [gateway.task_role_arn, rotation, *secret_readers]
    return (
        Notice(
            slug="secret-read",
            meaning="Somebody unexpected read Pictory's key, or tried to",
            pattern=_call(["GetSecretValue"], [*secret, *staging], readers),
            paths=_CALL_PATHS, text=_CALL_TEXT, reads=True,
        ),
        Notice(
            slug="secret-changed",
            meaning="Somebody other than the rotation changed Pictory's key, or who may read it",
            pattern=_call(
                [
                    "PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage", "PutResourcePolicy",
                    "DeleteResourcePolicy", "CancelRotateSecret",
                    "ReplicateSecretToRegions",
                ],
                secret,
                [rotation],
            ),
            paths=_CALL_PATHS, text=_CALL_TEXT,
        ),
        Notice(
            slug="secret-deleted",
            meaning="Somebody began to delete Pictory's key or the candidate's secret",
            pattern=_event(
                "secretsmanager", ["DeleteSecret"], {"requestParameters": {"secretId": [*secret, *staging]}}
            ),
            paths=_CALL_PATHS, text=_CALL_TEXT,
        ),
        Notice(
            slug="secrets-key-disabled",
            meaning="Somebody switched off the KMS key of the secrets: nobody can read or rotate Pictory's key",
            pattern=_event(
                "kms", ["DisableKey", "ScheduleKeyDeletion"], {"requestParameters": {"keyId": key}}
            ),
            paths=_KEY_PATHS, text=_KEY_TEXT,
        ),
        Notice(
            slug="rotation-given-up",
            meaning="Secrets Manager reports a rotation that failed or was abandoned",
            pattern={
                "source": ["aws.secretsmanager"],
                "detail-type": ["AWS Service Event via CloudTrail"],
                "detail": {
                    "eventSource": [_SERVICE],
                    "eventName": ["RotationFailed", "RotationAbandoned"],
                    "additionalEventData": {"SecretId": [credentials.secret_arn]},
                },
            },
            paths={
                "time": "$.detail.eventTime", "action": "$.detail.eventName",
                "secret": "$.detail.additionalEventData.SecretId", "event": "$.detail.eventID",
            },
            text="<action> of <secret> at <time>. CloudTrail event <event>.",
        ),
    )  # fmt: skip


def _ids(arn: str) -> list[str]:
    """What a caller may name a secret by: its ARN, the ARN without its six random characters, its name."""
    partial = Fn.replace(arn, "/-[A-Za-z0-9]{6}$/", "")
    return [arn, partial, Fn.replace(partial, "/^.*:secret:/", "")]


def _call(names: list[str], secrets: list[str], expected: list[str]) -> dict[str, Any]:
    issuer: Any = [{"anything-but": expected}, {"exists": False}]
    for key in reversed(_ROLE):
        issuer = {key: issuer}
    return _event("secretsmanager", names, {"requestParameters": {"secretId": secrets}, **issuer})


def _event(service: str, names: list[str], detail: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": [f"aws.{service}"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {"eventSource": [f"{service}.amazonaws.com"], "eventName": names, **detail},
    }
