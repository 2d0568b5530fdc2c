"""API keys and OAuth clients that the stand-in accepts. It keeps digests: no value can be read back from it."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from sandbox.pictory import errors

KEY_PREFIX: Final = "pictai_"
BEARER: Final = "bearer "


@dataclass(kw_only=True)
class Grant:
    """One credential that was issued: ``id`` names it in listings, ``ends`` is its last monotonic second."""

    id: str
    account: str
    digest: str
    live: bool = True
    ends: float | None = None
    user_id: str = ""
    """Of OAuth clients and their tokens: what ``X-Pictory-User-Id`` must be beside the token."""

    def is_good(self, now: float) -> bool:
        """Whether it is accepted at ``now``."""
        return self.live and (self.ends is None or now < self.ends)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who a request is from: an account, and the id of the key or OAuth client."""

    account: str
    key_id: str


class Credentials:
    """Issues, accepts and revokes."""

    def __init__(self) -> None:
        self._keys: dict[str, Grant] = {}
        self._clients: dict[str, Grant] = {}
        self._tokens: dict[str, Grant] = {}
        self._issued = 0

    def issue_key(self, *, account: str, now: float, overlap_seconds: float | None) -> tuple[Grant, str]:
        """A new API key and its value. The account's earlier keys end after ``overlap_seconds``.

        0 is a hard cutover, None leaves the earlier keys as they are.
        """
        if overlap_seconds is not None:
            for grant in self._keys.values():
                if grant.account == account and grant.is_good(now):
                    grant.ends = now + overlap_seconds
        value = KEY_PREFIX + secrets.token_hex(32)
        grant = Grant(id=self._name("key"), account=account, digest=_digest(value))
        self._keys[grant.digest] = grant
        return grant, value

    def issue_client(self, *, account: str) -> tuple[Grant, str, str]:
        """A new OAuth client, its id and its secret."""
        client_id, client_secret = secrets.token_hex(13), secrets.token_hex(25)
        grant = Grant(
            id=self._name("client"),
            account=account,
            digest=_digest(f"{client_id}:{client_secret}"),
            user_id=f"user-{account}",
        )
        self._clients[grant.digest] = grant
        return grant, client_id, client_secret

    def revoke(self, id_: str) -> bool:
        """End a key, or an OAuth client with its tokens, at once; false when there is no such id."""
        found = [grant for grant in self.all() if grant.id == id_]
        for grant in (*found, *(token for token in self._tokens.values() if token.id == id_)):
            grant.live = False
        return bool(found)

    def all(self) -> list[Grant]:
        """Every key and OAuth client, in the order of issue."""
        return [*self._keys.values(), *self._clients.values()]

    def token(self, client_id: str, client_secret: str, *, now: float, seconds: float) -> str:
        """An access token for an OAuth client, good for ``seconds``.

        Raises
        ------
        ApiError
            The client is unknown or revoked, or the secret is wrong.
        """
        client = self._clients.get(_digest(f"{client_id}:{client_secret}"))
        if client is None or not client.is_good(now):
            raise errors.unauthorized()
        self._tokens = {digest: token for digest, token in self._tokens.items() if token.is_good(now)}
        value = secrets.token_urlsafe(48)
        self._tokens[_digest(value)] = Grant(
            id=client.id,
            account=client.account,
            digest=_digest(value),
            ends=now + seconds,
            user_id=client.user_id,
        )
        return value

    def caller(self, authorization: str | None, user_id: str | None, *, now: float) -> Caller:
        """Who sent these header values.

        Raises
        ------
        ApiError
            There is no credential, it stands behind ``Bearer``, it is not good, or a token lacks its user id.
        """
        # Pictory takes the value raw: a scheme before it makes another value, which nobody was given.
        if not authorization or authorization.lower().startswith(BEARER):
            raise errors.unauthorized()
        digest = _digest(authorization)
        grant = self._keys.get(digest)
        if grant is None:
            grant = self._tokens.get(digest)
            if grant is None or grant.user_id != user_id:
                raise errors.unauthorized()
        if not grant.is_good(now):
            raise errors.unauthorized()
        return Caller(account=grant.account, key_id=grant.id)

    def known(self, authorization: str | None) -> str | None:
        """Id of the key or client whose value this is, good or not."""
        if not authorization:
            return None
        digest = _digest(authorization)
        grant = self._keys.get(digest) or self._tokens.get(digest)
        return grant.id if grant else None

    def _name(self, kind: str) -> str:
        self._issued += 1
        return f"{kind}-{self._issued}"


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).hexdigest()
