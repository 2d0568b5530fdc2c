"""What a run tells while it goes on, and the table at its end."""

import sys
import time
from dataclasses import dataclass
from typing import TextIO

_QUIET_SECONDS = 5.0


@dataclass(frozen=True)
class Row:
    """One thing that was looked at: what, what was measured, and whether it held."""

    what: str
    measured: str
    held: bool


class Report:
    """Prints steps with the seconds since the start; collects the rows of the final table."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._start = time.monotonic()
        self._last = 0.0
        self.rows: list[Row] = []

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._start

    def step(self, text: str) -> None:
        """Say what is being done now."""
        self._last = time.monotonic()
        print(f"[{self.seconds:4.0f} s] {text}", file=self._stream, flush=True)

    def progress(self, done: int, total: int) -> None:
        """Say how far a long step is, every few seconds."""
        if time.monotonic() - self._last >= _QUIET_SECONDS or done == total:
            self.step(f"    {done} of {total or '?'} resources")

    def row(self, what: str, measured: str, *, held: bool) -> None:
        """Add a row to the table, and say it now if it did not hold."""
        self.rows.append(Row(what, measured, held))
        if not held:
            self.step(f"did not hold: {what}: {measured}")

    @property
    def held(self) -> bool:
        """Whether there are rows, and all of them held."""
        return bool(self.rows) and all(row.held for row in self.rows)

    def table(self) -> str:
        """The rows as text."""
        what = max(len(row.what) for row in self.rows)
        lines = [
            f"  {'held' if row.held else 'FAILED':7} {row.what:{what}}  {row.measured}" for row in self.rows
        ]
        failed = sum(not row.held for row in self.rows)
        verdict = f"{failed} of {len(self.rows)} did not hold" if failed else f"all {len(self.rows)} held"
        return "\n".join(["", *lines, "", f"  {verdict}, in {self.seconds:.0f} s"])
