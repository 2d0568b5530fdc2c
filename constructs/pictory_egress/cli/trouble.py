"""What can be wrong with the key's keeping and rotating, as far as AWS tells without a value."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from pictory_egress.cli.secret import CANDIDATE, Described

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_logs import CloudWatchLogsClient

UNDER_WAY: Final = timedelta(minutes=15)
"""How long a rotation may be open: four steps of at most two minutes, with AWS's own tries again."""

_LOOKED_BACK: Final = timedelta(days=1)
_TIMED_OUT: Final = '"Task timed out"'


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong: ``slug`` is its runbook's, ``text`` says it in a line.

    ``mend`` is the action of ``keys`` that mends it.
    """

    slug: str
    text: str
    mend: str = "repair"


def of_secrets(key: Described, staging: Described, *, now: datetime) -> list[Trouble]:
    """Secrets on their way to deletion, and a rotation that was left open."""
    found = [
        Trouble("secret-deleted", f"secret {secret.name!r} is deleted for good on {secret.deleted:%Y-%m-%d}")
        for secret in (key, staging)
        if secret.deleted is not None
    ]
    open_ = key.open_version
    if open_ is not None and now - open_.created > UNDER_WAY:
        found.append(
            Trouble(
                "rotation-half-finished",
                f"version {open_.id} got the new key, and was not promoted",
                mend="promote",
            )
            if CANDIDATE in open_.stages
            else Trouble("rotation-stuck", f"AWSPENDING is stuck on version {open_.id}, which got no key")
        )
    return found


def of_key(kms: "KMSClient", key_id: str | None) -> list[Trouble]:
    """A KMS key that cannot be used; the secrets cannot be read then."""
    if key_id is None:
        return []
    state = kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"]
    if state == "Enabled":
        return []
    return [Trouble("secrets-key-disabled", f"the secrets' KMS key {key_id} is in state {state}")]


def of_function(
    logs: "CloudWatchLogsClient", log_group: str, *, key: Described, now: datetime
) -> list[Trouble]:
    """Runs of the function that were cut off in the last day, and since the last rotation that ended."""
    since = max(now - _LOOKED_BACK, key.schedule.last or now - _LOOKED_BACK)
    try:
        events = logs.filter_log_events(
            logGroupName=log_group,
            startTime=int(since.timestamp() * 1000),
            filterPattern=_TIMED_OUT,
        )["events"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return []
    if not events:
        return []
    text = f"the function ran out of time {len(events)} time(s), and no rotation has ended since"
    # AWS starts no rotation while another is open.
    return [Trouble("rotation-timed-out", text, mend="repair --now" if key.open_version else "promote")]
