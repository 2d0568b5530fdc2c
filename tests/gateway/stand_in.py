"""The sandbox's stand-in for Pictory, in a thread: a whole job takes a fraction of a second in it."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.pictory.admin import PictoryAdmin
from sandbox.pictory.server import PictoryServer
from sandbox.pictory.world import Behaviour

# Long enough that a program on an idle machine polls a job in progress before it polls a completed one.
_JOB_SECONDS = 0.2


@dataclass(frozen=True)
class StandIn:
    """A running stand-in: the port of its API, and a client of its admin side."""

    port: int
    admin: PictoryAdmin


@contextmanager
def stand_in(*, certificate: tuple[Path, Path]) -> Iterator[StandIn]:
    """Serves at 127.0.0.1 with ``certificate``, a chain and its key."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    behaviour = Behaviour(job_seconds=_JOB_SECONDS)
    server = PictoryServer(address="127.0.0.1", port=0, admin_port=0, tls=tls, behaviour=behaviour)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
        yield StandIn(server.port, PictoryAdmin(server.admin_url))
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
