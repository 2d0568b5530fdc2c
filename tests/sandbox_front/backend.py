"""A loop in a thread, and targets that stand behind the front in its tests."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiohttp import web

from sandbox.front import Target

TARGET_ADDRESS = "127.77.91.10"

T = TypeVar("T")


@dataclass
class Loop:
    """An event loop in a thread."""

    loop: asyncio.AbstractEventLoop

    def run(self, work: Coroutine[Any, Any, T], *, seconds: float = 30) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=seconds)


@dataclass
class Backend:
    """A target: healthy while ``status`` is 200; it echoes each request as JSON."""

    tls: ssl.SSLContext
    port: int = 0
    status: int = 200
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    answers: Callable[[web.BaseRequest], Coroutine[Any, Any, web.StreamResponse]] | None = None
    runner: web.ServerRunner | None = None
    served: int = 0

    @property
    def target(self) -> Target:
        return Target(TARGET_ADDRESS, self.port)

    async def start(self) -> None:
        self.runner = web.ServerRunner(web.Server(self._handle, access_log=None), shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, TARGET_ADDRESS, self.port, ssl_context=self.tls).start()
        self.port = self.runner.addresses[0][1]

    async def stop(self) -> None:
        if self.runner is not None:
            await self.runner.cleanup()
            self.runner = None

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.raw_path == "/healthz":
            return web.Response(status=self.status)
        self.served += 1
        if self.answers is not None:
            return await self.answers(request)
        if request.raw_path.endswith("/held"):
            self.arrived.set()
            await self.hold.wait()
        size = 0
        async for chunk in request.content.iter_chunked(65_536):
            size += len(chunk)
        return web.json_response(
            {
                "port": self.port, "method": request.method, "target": request.raw_path, "body_bytes": size,
                "headers": [[name.lower(), value] for name, value in request.headers.items()],
            }
        )  # fmt: skip
