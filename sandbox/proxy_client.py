"""A program that reaches asset hosts through the gateway's proxy, as one that is given ``HTTPS_PROXY`` does."""

import json
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import urllib3

_SECONDS = 20


class ProxyClient:
    """Sends ``credential`` as the proxy's password; trusts ``ca_file`` for proxy and hosts."""

    def __init__(self, proxy: str, credential: str, ca_file: Path) -> None:
        self._proxy, self._context = proxy, ssl.create_default_context(cafile=ca_file)
        self._headers = urllib3.make_headers(proxy_basic_auth=f"any:{credential}")

    def request(self, method: str, url: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Status and body of the host's answer."""
        with urllib3.ProxyManager(
            self._proxy, proxy_headers=self._headers, ssl_context=self._context,
            proxy_ssl_context=self._context, retries=False, timeout=_SECONDS,
        ) as manager:  # fmt: skip
            answer = manager.request(method, url, body=body)
            return answer.status, answer.data

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
