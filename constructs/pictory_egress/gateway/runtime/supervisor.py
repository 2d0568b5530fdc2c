"""``run``: the sidecar in a process of its own, started again when it is killed; and the drain, when it cannot.

ECS starts a container again once a minute at the most, and ends the whole task when it dies sooner: Envoy would be cut
off in the middle of its calls, with a key that is still good. This process does next to nothing, so it has nothing to
die of. An inspector's container has the same first process, with nothing to drain.
"""

import contextlib
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

SHORTEST_PAUSE_SECONDS: Final = 0.2
"""Pause before the first restart of a sidecar; it doubles with each death within a minute of the start."""
LONGEST_PAUSE_SECONDS: Final = 5.0
"""Before a sidecar that dies again and again is started anew. Envoy takes silence of half a minute for the end."""

_LONG_LIFE_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.05
_STOP: Final = {signal.SIGTERM, signal.SIGINT}
_STOPPED: Final = {-number for number in _STOP}
"""Exit statuses of a child that the signal to stop has ended: nothing unexpected."""


class Supervisor:
    """Runs ``work`` in a child process, and starts it again when it ends with another status than 0.

    ``drain``, if any, stands in for the end of a child that could not stop by itself. ``event`` is logged at each
    unexpected end; ``pauses`` are the shortest and the longest time before a restart, in seconds.
    """

    def __init__(
        self,
        *,
        work: Callable[[], int],
        log: Log,
        drain: Callable[[], None] | None = None,
        event: str = "sidecar_ended",
        pauses: tuple[float, float] = (SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS),
    ) -> None:
        self._work, self._drain, self._log = work, drain, log
        self._event = event
        self._shortest_pause, self._longest_pause = pauses
        self._child: int | None = None
        self._stopping = False

    def run(self) -> int:
        """Returns 0 once the child has ended with 0, or SIGTERM or SIGINT was received."""
        for number in _STOP:
            signal.signal(number, self._stop)
        pause = self._shortest_pause
        while not self._stopping:
            began = time.monotonic()
            self._start()
            status = self._wait()
            if status == 0:
                return 0
            lived = time.monotonic() - began
            if lived >= _LONG_LIFE_SECONDS:
                pause = self._shortest_pause
            if not (self._stopping and status in _STOPPED):
                self._log.emit(self._event, status=status, lived_seconds=round(lived, 1))
            self._sleep(pause)
            pause = min(2 * pause, self._longest_pause)
        # The child cannot drain any more: calls under way are waited for all the same.
        if self._drain is not None:
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
        while not self._stopping and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_SECONDS))

    def _stop(self, number: int, _: object) -> None:
        self._stopping = True
        if self._child is not None:
            # It may have ended just now.
            with contextlib.suppress(ProcessLookupError):
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
