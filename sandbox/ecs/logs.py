"""The ``awslogs`` log driver: lines of a container to its log group, in batches, and to a file."""

import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

_BATCH: Final = 500
_INTERVAL_SECONDS: Final = 0.5


class LogDriver:
    """Reads ``pipe`` to its end in a thread of its own; the last line is delivered before :meth:`close` returns."""

    def __init__(
        self, logs: "CloudWatchLogsClient", *, group: str, stream: str, pipe: IO[bytes], copy: Path
    ) -> None:
        self._logs, self._group, self._stream, self._copy = logs, group, stream, copy
        self._pending: list[InputLogEventTypeDef] = []
        self._lock = threading.Lock()
        self._done = threading.Event()
        if group:
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
        self._reader = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._sender = threading.Thread(target=self._send_until_done, daemon=True)
        self._reader.start()
        self._sender.start()

    def close(self) -> None:
        """Wait for the end of the pipe and deliver the rest."""
        self._reader.join(timeout=10)
        self._done.set()
        self._sender.join(timeout=30)

    def flush(self) -> None:
        """Deliver what has been read so far."""
        with self._lock:
            pending, self._pending = self._pending, []
        for start in range(0, len(pending), _BATCH):
            if self._group:
                self._logs.put_log_events(
                    logGroupName=self._group,
                    logStreamName=self._stream,
                    logEvents=pending[start : start + _BATCH],
                )

    def _read(self, pipe: IO[bytes]) -> None:
        with self._copy.open("ab") as copy:
            for line in pipe:
                copy.write(line)
                copy.flush()
                text = line.decode("utf-8", "replace").rstrip("\n")
                if text:
                    with self._lock:
                        self._pending.append({"timestamp": int(time.time() * 1000), "message": text})

    def _send_until_done(self) -> None:
        while not self._done.wait(_INTERVAL_SECONDS):
            self.flush()
        self.flush()
