"""What was asked of the local AWS, one JSON object a line; never a body, never a parameter."""

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class RequestLog:
    """Appends to a file; without one, does nothing."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8") if path else None

    def write(
        self, request: dict[str, Any], *, status: int, began: float, problem: str | None = None
    ) -> None:
        """Tell of one request: ``began`` is its start by ``time.monotonic()``."""
        if self._file is None:
            return
        entry = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            **request,
            "status": status,
            "ms": round((time.monotonic() - began) * 1000, 1),
            **({"problem": problem} if problem else {}),
        }
        with self._lock:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()
