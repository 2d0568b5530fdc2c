"""The stand-in's API, its asset hosts, and its admin side, as listening servers."""

import asyncio
import ssl
from types import TracebackType
from typing import Any

from aiohttp import web

from sandbox.pictory.admin_api import AdminApi
from sandbox.pictory.api import LONGEST_BODY, PictoryApi
from sandbox.pictory.assets import Assets
from sandbox.pictory.world import Behaviour


class PictoryServer:
    """The API over TLS, and the admin side over plain HTTP, on one loopback address.

    Parameters
    ----------
    tls
        Context with the certificate to show.
    port, admin_port
        0 takes a free one; :attr:`port` and :attr:`admin_port` say which, once started.
    """

    def __init__(
        self,
        *,
        address: str,
        port: int,
        admin_port: int,
        tls: ssl.SSLContext,
        behaviour: Behaviour | None = None,
    ) -> None:
        self.address = address
        self.port = port
        self.admin_port = admin_port
        self._tls = tls
        self._behaviour = behaviour or Behaviour()
        self._runners: list[web.ServerRunner | web.AppRunner] = []

    @property
    def admin_url(self) -> str:
        """Base URL of the admin side."""
        return f"http://{self.address}:{self.admin_port}"

    async def start(self) -> None:
        """Listen; raises OSError when a port is taken."""
        api = PictoryApi(self._behaviour)
        # Between requests of one connection: longer than any client keeps an idle one.
        assets = Assets()

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            return await (assets if assets.serves(request) else api).handle(request)

        server = web.Server(handle, request_factory=_request, keepalive_timeout=75, access_log=None)
        runners = (
            web.ServerRunner(server, shutdown_timeout=1),
            web.AppRunner(AdminApi(api).application(), access_log=None, shutdown_timeout=1),
        )
        self.port = await self._listen(runners[0], self.port, self._tls)
        self.admin_port = await self._listen(runners[1], self.admin_port, None)

    async def stop(self) -> None:
        """Close both sides; calls in flight have a second to end."""
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()

    async def _listen(
        self, runner: web.ServerRunner | web.AppRunner, port: int, tls: ssl.SSLContext | None
    ) -> int:
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, self.address, port, ssl_context=tls, backlog=1024).start()
        return int(runner.addresses[0][1])

    async def __aenter__(self) -> "PictoryServer":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=LONGEST_BODY)
