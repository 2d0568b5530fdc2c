"""A client of the CONNECT listener: the request, and TLS through the tunnel that it opens."""

import base64
import socket
import ssl
from typing import Any

from tests.gateway.running import Gateway, Reply


class Tunnel:
    """One connection to the listener, and what came back for its CONNECT."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        plain = socket.create_connection(("127.0.0.1", gateway.connect_port), timeout=20)
        self.outer = gateway.context().wrap_socket(plain)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._inner: ssl.SSLObject | None = None

    def ask(
        self, target: str, credential: str | None, *, method: str = "CONNECT", early: bytes = b""
    ) -> Reply:
        """Sends the request with ``credential`` as ``Proxy-Authorization`` and reads the answer."""
        lines = [f"{method} {target} HTTP/1.1", "Host: gateway.example.com"]
        if credential is not None:
            lines.append(f"Proxy-Authorization: {credential}")
        return self.send("\r\n".join((*lines, "", "")).encode("latin-1") + early)

    def send(self, request: bytes) -> Reply:
        """Sends ``request`` as it stands; the answer's body ends by its length."""
        self.outer.sendall(request)
        head, _, rest = self._until(b"\r\n\r\n").partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        while len(rest) < int(headers.get("content-length", 0)):
            rest += self._receive()
        return Reply(int(status.split()[1]), headers, rest)

    def start_tls(self, server_name: str | None) -> None:
        """Raises ConnectionError when the tunnel is closed instead."""
        context = ssl.create_default_context(cadata=self._gateway.authority.pem.decode())
        context.check_hostname = server_name is not None
        self._inner = context.wrap_bio(self._in, self._out, server_hostname=server_name)
        self._pump(self._inner.do_handshake)

    def request(self, data: bytes) -> bytes:
        """What comes back for an HTTP request over TLS, as far as one read gives it."""
        self.write(data)
        return self.read()

    def read(self) -> bytes:
        assert self._inner
        return bytes(self._pump(self._inner.read, 65_536))

    def write(self, data: bytes) -> None:
        assert self._inner
        self._pump(self._inner.write, data)

    def closed(self, *, seconds: float) -> bool:
        """Whether the gateway closes within ``seconds``."""
        self.outer.settimeout(seconds)
        try:
            while self._receive():
                pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True

    def close(self) -> None:
        self.outer.close()

    def _pump(self, call: Any, *arguments: Any) -> Any:
        while True:
            try:
                result = call(*arguments)
            except ssl.SSLWantReadError:
                self.outer.sendall(self._out.read())
                self._in.write(self._receive())
            else:
                self.outer.sendall(self._out.read())
                return result

    def _until(self, end: bytes) -> bytes:
        data = b""
        while end not in data:
            data += self._receive()
        return data

    def _receive(self) -> bytes:
        try:
            data = self.outer.recv(65_536)
        except ssl.SSLError as error:
            raise ConnectionError(str(error)) from None
        if not data:
            raise ConnectionError("closed")
        return data


def basic(token: str, *, user: str = "any") -> str:
    """What programs make of a proxy's URL with user and password."""
    return "Basic " + base64.b64encode(f"{user}:{token}".encode()).decode()
