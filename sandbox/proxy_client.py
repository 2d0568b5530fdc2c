"""A program that reaches asset hosts through the gateway's proxy, as one that is given ``HTTPS_PROXY`` does."""

import asyncio
import base64
import json
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

_SECONDS = 20


class ProxyClient:
    """Sends ``credential`` as the proxy's password; trusts ``ca_file`` for proxy and hosts.

    It asks for tunnels by HTTP/1.1, whatever Python runs it: the standard library does so from version 3.12 on, and
    with it requests and urllib3.
    """

    def __init__(self, proxy: str, credential: str, ca_file: Path) -> None:
        self._proxy, self._context = proxy, ssl.create_default_context(cafile=ca_file)
        password = base64.b64encode(f"any:{credential}".encode()).decode()
        self._headers = {"Proxy-Authorization": f"Basic {password}"}

    def request(self, method: str, url: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Status and body of the host's answer.

        Raises
        ------
        aiohttp.ClientHttpProxyError
            The proxy refuses the tunnel; ``status`` is that of its answer.
        """
        return asyncio.run(self._request(method, url, body))

    async def _request(self, method: str, url: str, body: bytes | None) -> tuple[int, bytes]:
        limit = aiohttp.ClientTimeout(total=_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.request(
                method, url, data=body, proxy=self._proxy, proxy_headers=self._headers, ssl=self._context
            ) as answer,
        ):
            return answer.status, await answer.read()

    def refusal(self, target: str) -> tuple[int, str]:
        """Status and code of the proxy's own answer to CONNECT."""
        parts = urlsplit(self._proxy)
        assert parts.hostname
        plain = socket.create_connection((parts.hostname, parts.port or 443), timeout=_SECONDS)
        with plain, self._context.wrap_socket(plain, server_hostname=parts.hostname) as secure:
            lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
            lines += [f"{name}: {value}" for name, value in self._headers.items()]
            secure.sendall("\r\n".join((*lines, "", "")).encode())
            answer = b""
            while piece := secure.recv(65_536):
                answer += piece
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(body)["code"] if body else ""
