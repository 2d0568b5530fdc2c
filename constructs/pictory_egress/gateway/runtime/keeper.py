"""Keeps the credential that Envoy adds: new within seconds, the last good one through outages, then none."""

import datetime as dt
import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .confirmed import KEEP_SECONDS, Confirmed
from .credential import ApiKey, MalformedError, OAuthClient, parse
from .log import Log
from .oauth import Token, TokenEndpoint, TokenRefusedError
from .secret import Secret, SecretEmptyError, Version
from .settings import Mode
from .volume import Volume

_REPEAT_SECONDS: Final = 60.0
_LONGEST_BACKOFF_SECONDS: Final = 60.0
_LOOK_AGAIN_SECONDS: Final = 10.0


@dataclass(frozen=True)
class _Serving:
    """What Envoy adds, until ``expires_at`` of the monotonic clock, and the secret's version that it is of."""

    token: str = field(default="", repr=False)
    user_id: str = field(default="", repr=False)
    expires_at: float = math.inf
    version: Version | None = None


@dataclass(frozen=True)
class Status:
    """What the health answer and the heartbeat say; ages in seconds.

    ``version_id`` is of the key that Envoy adds now, and ``unconfirmed_seconds`` since when it was last known to
    be the current one. ``pending_seconds`` is how long a rotation has been seen open that has put no key into its
    version, ``half_finished_seconds`` one that has; 0 when none is.
    """

    ready: bool
    version_id: str | None
    credential_age_seconds: int | None
    unconfirmed_seconds: int | None
    pending_seconds: int
    half_finished_seconds: int
    token_expires_in_seconds: int | None


class Keeper:
    """One thread calls :meth:`step` every few seconds, so no two renewals ever overlap."""

    def __init__(
        self,
        *,
        secret: Secret,
        mode: Mode,
        endpoint: TokenEndpoint,
        volume: Volume,
        log: Log,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._secret, self._mode, self._endpoint = secret, mode, endpoint
        self._volume, self._log, self._clock = volume, log, clock
        self._note = Confirmed(volume, volume.token_confirmed)
        self._version: Version | None = None
        self._credential: ApiKey | OAuthClient | None = None
        self._token: Token | None = None
        self._serving, self._written = _Serving(), _Serving()
        self._confirmed_at: float | None = None
        self._current_at: float | None = None
        self._pending: tuple[str, float] | None = None
        self._look_again = False
        self._looked_again_at = -_LOOK_AGAIN_SECONDS
        self._token_retry_at, self._token_failures = 0.0, 0
        self._said: tuple[str, float] | None = None
        self.loaded_at = -math.inf
        """When Envoy was last given a credential, by the clock."""

    def resume(self) -> None:
        """Goes on with what a sidecar before this one gave Envoy, for what is left of its time.

        A credential of which nobody left word how old it is may not be used.
        """
        now, volume = self._clock(), self._volume
        if not (token := volume.text(volume.token)):
            return
        note = self._note.left(now)
        left = _left(token, volume.text(volume.user_id), note.facts) if note else None
        if note is None or left is None:
            volume.replace(volume.token, b"")
            self._log.emit("credential_withdrawn", reason="age_unknown")
            return
        self._serving = self._written = left
        self._confirmed_at = self._current_at = note.confirmed_at
        unconfirmed = int(now - note.confirmed_at)
        version_id = left.version.id if left.version else None
        self._log.emit("credential_resumed", version_id=version_id, unconfirmed_seconds=unconfirmed)

    def look_again(self) -> None:
        """Pictory has refused the credential: read it again, and renew a token, at the next step."""
        self._look_again = True

    def step(self) -> None:
        """Reads what has changed and writes what follows. Failures are logged, and never end the thread."""
        now = self._clock()
        again = self._look_again and now - self._looked_again_at >= _LOOK_AGAIN_SECONDS
        if again:
            self._look_again, self._looked_again_at = False, now
        self._read(now, again=again)
        if isinstance(self._credential, OAuthClient):
            self._renew(self._credential, now, at_once=again)
        self._write(now)
        if self._confirmed_at == now and self._written.version == self._version:
            self._current_at = now
        if (version := self._written.version) and self._confirmed_at is not None:
            ends = self._written.expires_at
            self._note.note(
                self._confirmed_at, version_id=version.id, created=version.created.timestamp(),
                expires_at=None if ends == math.inf else ends,
            )  # fmt: skip

    def status(self) -> Status:
        """The state as it is now."""
        now, version, pending = self._clock(), self._written.version, self._pending
        open_, half = int(now - pending[1]) if pending else 0, self._secret.half_finished
        age = dt.datetime.now(dt.UTC) - version.created if version else None
        return Status(
            ready=bool(self._written.token),
            version_id=version.id if version else None,
            credential_age_seconds=max(0, int(age.total_seconds())) if age is not None else None,
            unconfirmed_seconds=int(now - self._current_at) if self._current_at is not None else None,
            pending_seconds=0 if half else open_,
            half_finished_seconds=open_ if half else 0,
            token_expires_in_seconds=int(self._token.expires_at - now) if self._token else None,
        )

    def _read(self, now: float, *, again: bool) -> None:
        try:
            version = self._secret.current(again=again)
        except SecretEmptyError:
            self._failed("secret_empty")
            return
        except Exception as error:  # boto3 raises many kinds; each means: not confirmed
            self._failed(reason(error))
            return
        self._watch_rotation(now)
        if (
            self._version is not None
            and version.id == self._version.id
            and version.value == self._version.value
        ):
            self._confirmed_at = now
            return
        try:
            credential = parse(version.value, mode=self._mode)
        except MalformedError as error:
            self._failed("secret_malformed", detail=str(error), version_id=version.id)
            return
        self._version, self._credential, self._token = version, credential, None
        self._confirmed_at, self._said = now, None
        self._token_retry_at, self._token_failures = 0.0, 0
        if isinstance(credential, ApiKey):
            self._serving = _Serving(credential.key, version=version)
        self._log.emit("credential_read", version_id=version.id)

    def _watch_rotation(self, now: float) -> None:
        pending = self._secret.pending
        if pending is None:
            self._pending = None
        elif self._pending is None or self._pending[0] != pending:
            self._pending = (pending, now)

    def _renew(self, client: OAuthClient, now: float, *, at_once: bool) -> None:
        if self._token and now < self._token.renew_at and not at_once:
            return
        if now < self._token_retry_at:
            return
        try:
            self._token = self._endpoint.exchange(client)
        except TokenRefusedError as error:
            self._token_failures += 1
            backoff = min(_LONGEST_BACKOFF_SECONDS, 2.0**self._token_failures)
            self._token_retry_at = now + backoff * random.uniform(0.5, 1)  # noqa: S311 - spreads load
            self._failed(f"token_{error}")
            return
        self._token_retry_at, self._token_failures, self._said = 0.0, 0, None
        self._serving = _Serving(self._token.value, client.user_id, self._token.expires_at, self._version)

    def _write(self, now: float) -> None:
        unconfirmed = math.inf if self._confirmed_at is None else now - self._confirmed_at
        usable = unconfirmed <= KEEP_SECONDS and now < self._serving.expires_at
        wanted = self._serving if usable else _Serving()
        if wanted == self._written:
            return
        self._volume.replace(self._volume.user_id, wanted.user_id.encode())
        self._volume.replace(self._volume.token, wanted.token.encode())
        self._written = wanted
        if wanted.token:
            self.loaded_at = self._clock()
        version_id = wanted.version.id if wanted.version else None
        self._log.emit("credential_loaded" if wanted.token else "credential_withdrawn", version_id=version_id)

    def _failed(self, reason: str, **fields: str) -> None:
        """Says so at once, then once a minute for as long as it stays the same."""
        now = self._clock()
        if self._said and self._said[0] == reason and now - self._said[1] < _REPEAT_SECONDS:
            return
        self._said = (reason, now)
        self._log.emit("credential_failed", reason=reason, kept=bool(self._written.token), **fields)


def _left(token: str, user_id: str, facts: Mapping[str, Any]) -> _Serving | None:
    """What Envoy adds, by the note of a sidecar before; None when the note does not tell."""
    try:
        created = dt.datetime.fromtimestamp(facts["created"], dt.UTC)
        expires_at = math.inf if facts["expires_at"] is None else float(facts["expires_at"])
        return _Serving(token, user_id, expires_at, Version(str(facts["version_id"]), created, value=""))
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None


def reason(error: Exception) -> str:
    """What AWS calls the failure, or its kind: never a value."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        return str(response.get("Error", {}).get("Code", "unknown"))
    return type(error).__name__
