"""One JSON object a line on standard output. Values of credentials never come here."""

import datetime as dt
import json
import sys
import threading
from typing import Any, TextIO


class Log:
    """Writes events; safe to share between threads."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._lock = threading.Lock()

    def emit(self, event: str, **fields: Any) -> None:
        """Writes ``event`` with ``fields``; those that are None are left out."""
        now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"kind": "sidecar", "time": now, "event": event}
        line |= {name: value for name, value in fields.items() if value is not None}
        with self._lock:
            print(json.dumps(line), file=self._stream, flush=True)
