"""Keeps Envoy's list of credentials that count: new within seconds, the last good one through outages, then none."""

import math
import time
from collections.abc import Callable
from typing import Final

from . import registered
from .keeper import KEEP_SECONDS, reason
from .log import Log
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
        log: Log,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry, self._environment = registry, environment
        self._volume, self._log, self._clock = volume, log, clock
        self._snapshot: Snapshot | None = None
        self._confirmed_at: float | None = None
        self._written: Snapshot | None = None
        self._said: tuple[str, float] | None = None

    @property
    def trusted(self) -> tuple[str, ...]:
        """ARNs of the keys whose credentials count; none until the registry names some."""
        return self._snapshot.trusted if self._snapshot else ()

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
            self._volume.replace(self._volume.registered, registered.nobody())
            self._written = None
            self._log.emit("registry_withdrawn")
            return
        oldest = time.time() - _ENDED_SECONDS
        records = [record for record in wanted.records if record.expires_at > oldest]
        content = registered.only(records, environment=self._environment)
        self._volume.replace(self._volume.registered, content)
        self._written = wanted
        revoked = sum(record.revoked_at is not None for record in records)
        self._log.emit(
            "registry_loaded", version=wanted.version, credentials=len(records) - revoked, revoked=revoked,
            unreadable=wanted.unreadable or None,
        )  # fmt: skip

    def _failed(self, error: Exception, now: float) -> None:
        """Says so at once, then once a minute for as long as it stays the same."""
        what = reason(error)
        if self._said and self._said[0] == what and now - self._said[1] < _REPEAT_SECONDS:
            return
        self._said = (what, now)
        self._log.emit("registry_failed", reason=what, kept=self._written is not None)
