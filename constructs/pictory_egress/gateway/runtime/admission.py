"""Keeps Envoy's list of credentials that count: new within seconds, the last good one through outages, then none."""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from . import registered
from .confirmed import KEEP_SECONDS, Confirmed
from .keeper import reason
from .log import Log
from .open_tunnels import OpenTunnels
from .registry import Registry, Snapshot
from .volume import Volume

_REPEAT_SECONDS: Final = 60.0
# Envoy's own clock decides on expiry; this only keeps what has long ended out of the file.
_ENDED_SECONDS: Final = 3600.0


class Admission:
    """One thread calls :meth:`step` every few seconds."""

    def __init__(
        self,
        *,
        registry: Registry,
        environment: str,
        volume: Volume,
        tunnels: OpenTunnels,
        log: Log,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry, self._environment, self._tunnels = registry, environment, tunnels
        self._volume, self._log, self._clock = volume, log, clock
        self._note = Confirmed(volume, volume.registered_confirmed)
        self._snapshot: Snapshot | None = None
        self._confirmed_at: float | None = None
        self._written: Snapshot | None = None
        self._said: tuple[str, float] | None = None

    @property
    def trusted(self) -> tuple[str, ...]:
        """ARNs of the keys whose credentials count; none until the registry names some."""
        return self._snapshot.trusted if self._snapshot else ()

    def resume(self) -> None:
        """Goes on with the list that a sidecar before this one gave Envoy, for what is left of its time."""
        now = self._clock()
        note = self._note.left(now)
        left = _left(note.facts) if note else None
        if note is None or left is None:
            # A list of which nobody left word how old it is may not be used.
            self._replace(registered.nobody())
            return
        self._snapshot = self._written = left
        self._confirmed_at = note.confirmed_at
        unconfirmed = int(now - note.confirmed_at)
        self._log.emit("registry_resumed", version=left.version, unconfirmed_seconds=unconfirmed)

    def step(self) -> None:
        """Reads what has changed and writes what follows. A failure to read is logged, and keeps the last list."""
        now = self._clock()
        try:
            self._snapshot = self._registry.current()
        except Exception as error:  # boto3 raises many kinds; each means: not confirmed
            self._failed(error, now)
        else:
            self._confirmed_at, self._said = now, None
        self._write(now)
        if self._written and self._confirmed_at is not None:
            self._note.note(
                self._confirmed_at, version=self._written.version, trusted=list(self._written.trusted)
            )

    def status(self) -> dict[str, int | None]:
        """What the health answer and the heartbeat say; ages in seconds."""
        confirmed = self._confirmed_at
        return {
            "registry_version": self._written.version if self._written else None,
            "registry_unconfirmed_seconds": None if confirmed is None else int(self._clock() - confirmed),
        }

    def _write(self, now: float) -> None:
        unconfirmed = math.inf if self._confirmed_at is None else now - self._confirmed_at
        wanted = self._snapshot if unconfirmed <= KEEP_SECONDS else None
        if wanted is self._written:
            return
        if wanted is None:
            self._replace(registered.nobody())
            self._note.forget()
            self._written = None
            self._log.emit("registry_withdrawn")
            return
        oldest = time.time() - _ENDED_SECONDS
        records = [record for record in wanted.records if record.expires_at > oldest]
        self._replace(registered.only(records, environment=self._environment))
        self._written = wanted
        revoked = sum(record.revoked_at is not None for record in records)
        self._log.emit(
            "registry_loaded", version=wanted.version, credentials=len(records) - revoked, revoked=revoked,
            unreadable=wanted.unreadable or None,
        )  # fmt: skip

    def _replace(self, content: bytes) -> None:
        """Lets in whom ``content`` lets in, and ends the tunnels of those who were let in until now and are no more."""
        try:
            before = registered.admitted(self._volume.registered.read_bytes())
        except (OSError, ValueError, LookupError, TypeError):  # gone, or not as we write it
            before = frozenset()
        self._volume.replace(self._volume.registered, content)
        self._tunnels.end(before - registered.admitted(content))

    def _failed(self, error: Exception, now: float) -> None:
        """Says so at once, then once a minute for as long as it stays the same."""
        what = reason(error)
        if self._said and self._said[0] == what and now - self._said[1] < _REPEAT_SECONDS:
            return
        self._said = (what, now)
        self._log.emit("registry_failed", reason=what, kept=self._written is not None)


def _left(facts: Mapping[str, Any]) -> Snapshot | None:
    """Of which version Envoy's list is, by the note of a sidecar before; None when the note does not tell."""
    try:
        trusted = tuple(str(arn) for arn in facts["trusted"])
        return Snapshot(version=int(facts["version"]), signing="", trusted=trusted, records=())
    except (KeyError, TypeError, ValueError):
        return None
