"""``inspect``: worker processes, each with a socket, limited in memory and replaced when one ends."""

import asyncio
import contextlib
import gc
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Final

from ..configuration import ConfigurationError, unpacked
from ..http_socket import request
from ..log import Log
from ..volume import Volume
from .rules import Rules, RulesError
from .server import serve

VARIABLE: Final = "INSPECTION"
"""Environment variable that holds the rules, packed."""
WORKERS: Final = 2
"""One body at its limits then holds up only half of the rest."""
MEMORY_BYTES: Final = 192 * 1024 * 1024
"""Address space of a worker, of which Python's own is the larger part."""

_RESTART_SECONDS: Final = 0.2


def sockets(directory: Path) -> list[Path]:
    """The workers' sockets, as Envoy's configuration names them."""
    return [directory / f"inspector-{number}.sock" for number in range(WORKERS)]


def main(directory: Path, packed_rules: str) -> int:
    """Runs the workers until SIGTERM; gives the exit status."""
    try:
        rules = Rules.from_json(unpacked(packed_rules, variable=VARIABLE))
    except (ConfigurationError, RulesError) as error:
        print(error, file=sys.stderr)
        return 2
    return _Workers(directory, rules).run()


def health(directory: Path) -> int:
    """ECS's health check: 0 when every worker answers."""
    for path in sockets(directory):
        try:
            request(path, "GET", "/health")
        except Exception as error:  # whatever it is, the worker does not answer
            print(f"{path.name} does not answer: {type(error).__name__}")
            return 1
    return 0


class _Workers:
    def __init__(self, directory: Path, rules: Rules) -> None:
        self._sockets, self._rules, self._log = sockets(directory), rules, Log()
        self._running: dict[int, Path] = {}
        self._stopping = False

    def run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        for path in self._sockets:
            self._start(path)
        while self._running:
            pid, status = os.wait()
            path = self._running.pop(pid)
            if self._stopping:
                continue
            self._log.emit("worker_ended", worker=path.name, status=os.waitstatus_to_exitcode(status))
            time.sleep(_RESTART_SECONDS)
            self._start(path)
        return 0

    def _start(self, path: Path) -> None:
        # A signal to stop that came between fork and the note of it would miss the new worker.
        held = {signal.SIGTERM, signal.SIGINT}
        signal.pthread_sigmask(signal.SIG_BLOCK, held)
        try:
            if self._stopping:
                return
            pid = os.fork()
            if pid == 0:
                self._work(path, held)
            self._running[pid] = path
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, held)

    def _stop(self, *_: object) -> None:
        self._stopping = True
        for pid in self._running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def _work(self, path: Path, held: set[signal.Signals]) -> None:
        """The worker's whole life."""
        try:
            for number in held:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, held)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
            # What stands now stands for good: the collector need not look at it again.
            gc.freeze()
            asyncio.run(serve(path, self._rules, self._log, hold=Volume(path.parent).key_refused))
        finally:
            os._exit(1)
