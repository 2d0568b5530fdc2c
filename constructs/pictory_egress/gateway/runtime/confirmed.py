"""What one sidecar leaves for the next: when AWS last confirmed what Envoy reads from a file, and of what it is.

A container that is started again keeps the task's volume and forgets all else. Without this note, an old file would
be good for as long as AWS cannot be asked.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .volume import Volume

KEEP_SECONDS: Final = 24 * 3600.0
"""How long the last good credential, and the last good list of callers', are used while AWS does not confirm them."""

_NOTE_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Note:
    """``confirmed_at`` is of the monotonic clock: all processes of a task share it, and nobody can set it."""

    confirmed_at: float
    facts: Mapping[str, Any]


class Confirmed:
    """The note beside one file. It holds no credential."""

    def __init__(self, volume: Volume, path: Path) -> None:
        self._volume, self._path = volume, path
        self._noted: Note | None = None

    def note(self, confirmed_at: float, **facts: Any) -> None:
        """Writes it down: new facts at once, a later confirmation of the same ones once a minute.

        So a note may be a minute too old, and never too young.
        """
        known = self._noted
        if known and known.facts == facts and confirmed_at - known.confirmed_at < _NOTE_SECONDS:
            return
        self._volume.replace(self._path, json.dumps({"confirmed_at": confirmed_at, **facts}).encode())
        self._noted = Note(confirmed_at, facts)

    def left(self, now: float) -> Note | None:
        """The note that is there; None when there is none, or it cannot be true."""
        try:
            facts = json.loads(self._volume.text(self._path))
            confirmed_at = float(facts.pop("confirmed_at"))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        if not math.isfinite(confirmed_at) or confirmed_at > now:
            return None
        self._noted = Note(confirmed_at, facts)
        return self._noted

    def forget(self) -> None:
        """Takes it away."""
        self._noted = None
        self._path.unlink(missing_ok=True)
