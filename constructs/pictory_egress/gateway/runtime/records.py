"""What the registry knows of each credential that was issued to a client; never the credential itself.

Standard library only: the sidecar reads these records, the operator's command line writes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

KIND: Final = "kind"
"""Partition key of the table."""
ID: Final = "id"
"""Sort key of the table."""
EXPIRES: Final = "expires_at"
"""When DynamoDB may delete a record: a credential that has ended needs none."""

CREDENTIAL: Final = "credential"
STATE: Final = "state"
"""The kinds: records of credentials, and the one item that every change of the registry counts up."""
STATE_KEY: Final = {KIND: {"S": STATE}, ID: {"S": "registry"}}

Item = Mapping[str, Mapping[str, Any]]
"""An item as DynamoDB gives and takes it."""


def issuer(environment: str) -> str:
    """The ``iss`` claim of credentials of ``environment``."""
    return f"pictory-egress:{environment}"


@dataclass(frozen=True, kw_only=True)
class Record:
    """One credential: whose it is, until when, and whether it was taken back. Times are in Unix seconds."""

    client: str
    jti: str
    issued_at: int
    expires_at: int
    kid: str
    issued_by: str = ""
    revoked_at: int | None = None
    revoked_by: str = ""

    @property
    def id(self) -> str:
        """Sort key of the record: unique in the environment."""
        return f"{self.client}/{self.jti}"

    def live(self, now: float) -> bool:
        """Whether the gateway takes the credential."""
        return self.revoked_at is None and now < self.expires_at

    def item(self) -> dict[str, dict[str, str]]:
        """The record as an item of the table."""
        texts = {
            KIND: CREDENTIAL, ID: self.id, "client": self.client, "jti": self.jti, "kid": self.kid,
            "issued_by": self.issued_by, "revoked_by": self.revoked_by,
        }  # fmt: skip
        numbers = {"issued_at": self.issued_at, EXPIRES: self.expires_at, "revoked_at": self.revoked_at}
        return {
            **{name: {"S": value} for name, value in texts.items() if value},
            **{name: {"N": str(value)} for name, value in numbers.items() if value is not None},
        }


def record(item: Item) -> Record:
    """The record that ``item`` holds. Raises ValueError, which names the item, when it is none."""
    try:
        revoked = item.get("revoked_at")
        return Record(
            client=item["client"]["S"],
            jti=item["jti"]["S"],
            issued_at=int(item["issued_at"]["N"]),
            expires_at=int(item[EXPIRES]["N"]),
            kid=item["kid"]["S"],
            issued_by=item.get("issued_by", {}).get("S", ""),
            revoked_at=int(revoked["N"]) if revoked else None,
            revoked_by=item.get("revoked_by", {}).get("S", ""),
        )
    except (KeyError, ValueError) as error:
        raise ValueError(f"item {item.get(ID)} is no record of a credential ({error!r})") from None
