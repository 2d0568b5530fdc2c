"""The registry of clients' credentials, as operators change it: two at once lose nothing of each other's work."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from pictory_egress.gateway.runtime.records import STATE_KEY, Record
from pictory_egress.gateway.runtime.registry import Registry, Snapshot

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LIVE_PER_CLIENT: Final = 2
"""Credentials that a client may have at once: the one in use, and the one that takes over."""

IN_FORCE_SECONDS: Final = 5.0
"""After which every task that can read the registry acts on a change."""

_ATTEMPTS: Final = 5


class RegistryError(Exception):
    """The registry does not allow the change, or cannot be changed; the message says why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is written in one transaction: records whole, and the keys as they are from then on."""

    records: tuple[Record, ...] = ()
    signing: str
    trusted: tuple[str, ...]


class ClientRegistry:
    """Reads the registry whole, and changes it only if nobody else has in between."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client, self._table = client, table

    def read(self) -> Snapshot:
        """The registry as it is.

        Raises
        ------
        RegistryError
            There is no such table, or it holds what no version of this program wrote.
        botocore.exceptions.ClientError
            DynamoDB refuses.
        """
        try:
            snapshot = Registry(self._client, self._table).current()
        except self._client.exceptions.ResourceNotFoundException:
            raise RegistryError(
                f"there is no table {self._table!r} in this region: deploy the environment first"
            ) from None
        if snapshot.unreadable:
            raise RegistryError(
                f"table {self._table!r} holds {snapshot.unreadable} item(s) that are no records of credentials: "
                f"use a version of this program that knows them"
            )
        return snapshot

    def change(self, decide: Callable[[Snapshot], Change]) -> Snapshot:
        """Write what ``decide`` makes of the registry; asked again whenever somebody else was quicker.

        Gives the registry that the change was made to. What ``decide`` raises ends it, with nothing written.

        Raises
        ------
        RegistryError
            As :meth:`read`, or others change the registry all the time.
        """
        for _ in range(_ATTEMPTS):
            before = self.read()
            change = decide(before)
            try:
                self._client.transact_write_items(TransactItems=[*self._writes(before, change)])
            except self._client.exceptions.TransactionCanceledException as error:
                reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
                if not reasons & {"ConditionalCheckFailed", "TransactionConflict"}:
                    raise
            else:
                return before
        raise RegistryError(f"others keep changing table {self._table!r}: nothing was changed, try again")

    def _writes(self, before: Snapshot, change: Change) -> Iterable[Any]:
        values = {
            ":seen": {"N": str(before.version)}, ":next": {"N": str(before.version + 1)},
            ":signing": {"S": change.signing}, ":trusted": {"SS": sorted(set(change.trusted))},
        }  # fmt: skip
        unseen = "attribute_not_exists(#version)" if before.version == 0 else "#version = :seen"
        if before.version == 0:
            del values[":seen"]
        yield {
            "Update": {
                "TableName": self._table,
                "Key": STATE_KEY,
                "UpdateExpression": "SET #version = :next, signing = :signing, trusted = :trusted",
                "ConditionExpression": unseen,
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": values,
            }
        }
        for record in change.records:
            yield {"Put": {"TableName": self._table, "Item": record.item()}}


def live(
    snapshot: Snapshot, *, client: str | None = None, kid: str | None = None, now: float
) -> list[Record]:
    """Records of credentials that the gateway takes, oldest first; of one client, or of one signing key."""
    found = [
        record
        for record in snapshot.records
        if record.live(now) and client in (None, record.client) and kid in (None, record.kid)
    ]
    return sorted(found, key=lambda record: (record.issued_at, record.id))


def revoked(records: Iterable[Record], *, by: str, now: float) -> tuple[Record, ...]:
    """``records`` as taken back by ``by``."""
    return tuple(replace(record, revoked_at=int(now), revoked_by=by) for record in records)
