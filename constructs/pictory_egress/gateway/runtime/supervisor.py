"""``run``: the sidecar in a process of its own, started again when it is killed; and the drain, when it cannot.

ECS starts a container again once a minute at the most, and ends the whole task when it dies sooner: Envoy would be cut
off in the middle of its calls, with a key that is still good. This process does next to nothing, so it has nothing to
die of.
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Final

from .drain import drain
from .envoy_admin import EnvoyAdmin
from .log import Log
from .settings import Settings
from .volume import Volume

LONGEST_PAUSE_SECONDS: Final = 5.0
"""Before a sidecar that dies again and again is started anew. Envoy takes silence of half a minute for the end."""

_SHORTEST_PAUSE_SECONDS: Final = 0.2
_LONG_LIFE_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.05
_STOP: Final = {signal.SIGTERM, signal.SIGINT}


class Supervisor:
    """``work`` is the sidecar's whole life, and gives 0 when it was told to stop; ``drain`` stands in for its end."""

    def __init__(self, *, work: Callable[[], int], drain: Callable[[], None], log: Log) -> None:
        self._work, self._drain, self._log = work, drain, log
        self._child: int | None = None
        self._stopping = False

    def run(self) -> int:
        """Until the sidecar has ended in peace, or was told to stop; gives 0."""
        for number in _STOP:
            signal.signal(number, self._stop)
        pause = _SHORTEST_PAUSE_SECONDS
        while not self._stopping:
            began = time.monotonic()
            self._start()
            status = self._wait()
            if status == 0:
                return 0
            lived = time.monotonic() - began
            if lived >= _LONG_LIFE_SECONDS:
                pause = _SHORTEST_PAUSE_SECONDS
            self._log.emit("sidecar_ended", status=status, lived_seconds=round(lived, 1))
            self._sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        # It was told to stop and cannot any more: calls under way are waited for all the same.
        self._drain()
        return 0

    def _start(self) -> None:
        # A signal to stop that came between fork and the note of it would miss the child.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)
        try:
            if self._stopping:
                return
            pid = os.fork()
            if pid == 0:
                self._live()
            self._child = pid
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)

    def _live(self) -> None:
        """The child's whole life."""
        status = 1
        try:
            for number in _STOP:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)
            status = self._work()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _wait(self) -> int | None:
        """The child's exit status, negative for a signal; None when there is no child."""
        while self._child is not None:
            # The first process of a container is given others' orphans too.
            pid, status = os.wait()
            if pid == self._child:
                self._child = None
                return os.waitstatus_to_exitcode(status)
        return None

    def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < end:
            time.sleep(_LOOK_SECONDS)

    def _stop(self, number: int, _: object) -> None:
        self._stopping = True
        if self._child is not None:
            os.kill(self._child, number)


def main(settings: Settings) -> int:
    """Runs until SIGTERM, drains, and gives 0."""
    log = Log()

    def work() -> int:
        # In the child alone: what talks to AWS takes 60 MB.
        from . import sidecar

        return sidecar.main(settings)

    def end() -> None:
        envoy = EnvoyAdmin(Volume(settings.directory).admin_socket)
        drain(envoy=envoy, seconds=settings.drain_seconds, log=log)

    return Supervisor(work=work, drain=end, log=log).run()
