"""``inspect``: one inspector, a process limited in processor time and memory, and started again when it ends.

A task runs two containers of it, so that the death of any one process, a first process included, leaves the other one.
"""

import asyncio
import gc
import resource
import sys
from pathlib import Path
from typing import Final

from ..configuration import ConfigurationError, unpacked
from ..http_socket import request
from ..log import Log
from ..supervisor import Supervisor
from ..volume import Volume
from .rules import Rules, RulesError
from .server import serve

VARIABLE: Final = "INSPECTION"
"""Environment variable that holds the rules, packed."""
SOCKET_VARIABLE: Final = "INSPECTOR_SOCKET"
"""Environment variable with the file name of this inspector's socket in the volume."""
MEMORY_BYTES: Final = 192 * 1024 * 1024
"""Address space of a worker, of which Python's own is the larger part."""

_PAUSES: Final = (0.02, 0.2)
"""Short: a body that ends its worker is retried by the other one, and meanwhile this one is to be back."""


def main(path: Path, packed_rules: str) -> int:
    """Serves at the socket ``path`` until SIGTERM; gives the exit status."""
    try:
        rules = Rules.from_json(unpacked(packed_rules, variable=VARIABLE))
    except (ConfigurationError, RulesError) as error:
        print(error, file=sys.stderr)
        return 2
    log = Log()
    return Supervisor(
        work=lambda: _work(path, rules, log), log=log, event="worker_ended", pauses=_PAUSES
    ).run()


def health(path: Path) -> int:
    """ECS's health check: 0 when the worker at the socket ``path`` answers."""
    try:
        request(path, "GET", "/health")
    except Exception as error:  # whatever it is, the worker does not answer
        print(f"{path.name} does not answer: {type(error).__name__}")
        return 1
    return 0


def _work(path: Path, rules: Rules, log: Log) -> int:
    """The worker's whole life."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    # What stands now stands for good: the collector need not look at it again.
    gc.freeze()
    asyncio.run(serve(path, rules, log, hold=Volume(path.parent).key_refused))
    return 1
