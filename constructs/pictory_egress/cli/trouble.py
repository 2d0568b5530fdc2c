"""What can be wrong with the key's keeping and rotating, as far as AWS tells without a value."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from pictory_egress.cli.secret import Described

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_logs import CloudWatchLogsClient

UNDER_WAY: Final = timedelta(minutes=15)
"""How long a rotation may be open: four steps of at most two minutes, with AWS's own tries again."""

_LOOKED_BACK: Final = timedelta(days=1)
_TIMED_OUT: Final = '"Task timed out"'


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong: ``slug`` is its runbook's, ``text`` says it in a line."""

    slug: str
    text: str


def of_secrets(key: Described, staging: Described, *, now: datetime) -> list[Trouble]:
    """Secrets on their way to deletion, and a rotation that was left open."""
    found = [
        Trouble("secret-deleted", f"secret {secret.name!r} is deleted for good on {secret.deleted:%Y-%m-%d}")
        for secret in (key, staging)
        if secret.deleted is not None
    ]
    open_ = key.open_version
    if open_ is not None and now - open_.created > UNDER_WAY:
        found.append(Trouble("rotation-stuck", f"a rotation left AWSPENDING on version {open_.id}"))
    return found


def of_key(kms: "KMSClient", key_id: str | None) -> list[Trouble]:
    """A KMS key that cannot be used; the secrets cannot be read then."""
    if key_id is None:
        return []
    state = kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"]
    if state == "Enabled":
        return []
    return [Trouble("secrets-key-disabled", f"the secrets' KMS key {key_id} is in state {state}")]


def of_function(logs: "CloudWatchLogsClient", log_group: str, *, now: datetime) -> list[Trouble]:
    """Runs of the function that were cut off in the last day."""
    try:
        events = logs.filter_log_events(
            logGroupName=log_group,
            startTime=int((now - _LOOKED_BACK).timestamp() * 1000),
            filterPattern=_TIMED_OUT,
        )["events"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return []
    return (
        [Trouble("rotation-timed-out", f"the function ran out of time {len(events)} time(s) today")]
        if events
        else []
    )
