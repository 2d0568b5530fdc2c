"""A Pictory that says what it is told to, byte for byte, or breaks off where it is told to."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from pathlib import Path

Script = Callable[["Peer"], None]
"""What to do with a connection once it is there."""


class Peer:
    """A connection of the gateway's."""

    def __init__(self, plain: socket.socket, context: ssl.SSLContext) -> None:
        self._plain, self._context = plain, context
        self._secure: ssl.SSLSocket | None = None

    def handshake(self) -> "Peer":
        """Does its part of TLS."""
        self._secure = self._context.wrap_socket(self._plain, server_side=True)
        return self

    def request(self) -> bytes:
        """The next request, head and body; empty when the gateway has closed."""
        assert self._secure is not None
        data = b""
        while b"\r\n\r\n" not in data:
            part = self._secure.recv(65_536)
            if not part:
                return b""
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                while len(body) < int(line.partition(b":")[2]):
                    body += self._secure.recv(65_536)
        return head + b"\r\n\r\n" + body

    def some(self) -> bytes:
        """As much of the next request as one read gives."""
        assert self._secure is not None
        return self._secure.recv(65_536)

    def send(self, data: bytes) -> None:
        """Sends ``data`` over TLS."""
        assert self._secure is not None
        self._secure.sendall(data)

    def reset(self) -> None:
        """Breaks the connection off without a goodbye."""
        broken = self._secure or self._plain
        broken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        broken.close()

    def close(self) -> None:
        """Ends the connection in order, as far as TCP goes."""
        (self._secure or self._plain).close()


class RawUpstream:
    """Listens on loopback; ``script`` is run for each connection, ``requests`` keeps what scripts have read."""

    def __init__(self, certificate: tuple[Path, Path]) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.script: Script = Peer.close
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*certificate)
        self.names: set[str | None] = set()
        self._context.sni_callback = lambda _, name, __: self.names.add(name)
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._socket.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def answer(self, *parts: bytes, then: Callable[[Peer], None] = Peer.close) -> Script:
        """A script that reads one request, sends ``parts``, and ends with ``then``."""

        def run(peer: Peer) -> None:
            if request := peer.handshake().request():
                self.requests.append(request)
                for part in parts:
                    peer.send(part)
                then(peer)

        return run

    def close(self) -> None:
        """Takes no more connections."""
        self._socket.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = self._socket.accept()
                self.connections += 1
                threading.Thread(target=self._run, args=(plain,), daemon=True).start()

    def _run(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError, ssl.SSLError):
            self.script(Peer(plain, self._context))
