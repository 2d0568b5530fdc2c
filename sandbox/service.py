"""What the sandbox's own server processes share: say when ready, end when told to or when the parent is gone."""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sandbox.certificates import write_atomically

_PARENT_CHECK_SECONDS: Final = 0.5


async def until_stopped() -> None:
    """Return on SIGTERM, SIGINT, or once the process that started this one has ended."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    parent = os.getppid()
    while not stopped.is_set() and os.getppid() == parent:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), _PARENT_CHECK_SECONDS)


def say_ready(path: Path, facts: Mapping[str, object]) -> None:
    """Write ``facts`` as JSON to ``path``, whole or not at all: who waits for the file may read it at once."""
    write_atomically(path, json.dumps({**facts, "pid": os.getpid()}).encode() + b"\n", mode=0o600)
