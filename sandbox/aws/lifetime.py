"""The local AWS ends with whoever started it, however that ends, and at the latest after its lifetime."""

import os
import select
import sys
import threading
import time
from collections.abc import Callable


def end_with_parent(stop: Callable[[], None], *, seconds: float, pipe: bool) -> None:
    """Call ``stop`` in the background when the parent has gone, or after ``seconds``.

    With ``pipe``, standard input is a pipe that the parent holds open: its end is noticed at once.
    """
    parent, deadline = os.getppid(), time.monotonic() + seconds

    def watch() -> None:
        while time.monotonic() < deadline and os.getppid() == parent:
            if pipe:
                readable, _, _ = select.select([sys.stdin], [], [], 1.0)
                if readable and not os.read(sys.stdin.fileno(), 4096):
                    break
            else:
                time.sleep(1.0)
        stop()

    threading.Thread(target=watch, name="lifetime", daemon=True).start()
