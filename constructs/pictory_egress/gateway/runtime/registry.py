"""The registry of credentials as the sidecar reads it: one small item a look, the records when that has changed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .records import CREDENTIAL, KIND, STATE_KEY, Item, Record, record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The registry at one version.

    ``signing`` is the ARN of the key that new credentials are signed with, ``trusted`` those of all keys whose
    credentials count; none before the first credential. ``unreadable`` counts items that are no records: what
    they stood for is not let in.
    """

    version: int
    signing: str
    trusted: tuple[str, ...]
    records: tuple[Record, ...]
    unreadable: int = 0


class Registry:
    """Every change counts the version up in the same transaction, so an unchanged version is an unchanged registry."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client, self._table = client, table
        self._known: Snapshot | None = None

    def current(self) -> Snapshot:
        """The registry as it is now. Raises what boto3 raises."""
        answer = self._client.get_item(TableName=self._table, Key=STATE_KEY, ConsistentRead=True)
        state = answer.get("Item", {})
        version = int(state.get("version", {}).get("N", "0"))
        if self._known is None or self._known.version != version:
            self._known = self._read(state, version)
        return self._known

    def _read(self, state: Item, version: int) -> Snapshot:
        records, unreadable = [], 0
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="#kind = :kind",
            ExpressionAttributeNames={"#kind": KIND},
            ExpressionAttributeValues={":kind": {"S": CREDENTIAL}},
        )
        for page in pages:
            for item in page["Items"]:
                try:
                    records.append(record(item))
                except ValueError:
                    unreadable += 1
        return Snapshot(
            version=version,
            signing=state.get("signing", {}).get("S", ""),
            trusted=tuple(sorted(state.get("trusted", {}).get("SS", ()))),
            records=tuple(records),
            unreadable=unreadable,
        )
