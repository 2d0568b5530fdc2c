"""What stands around the gateway in its tests: Pictory, DNS, and the sidecar's key set."""

import ipaddress
import json
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.gateway.name_servers import NameServer


@dataclass
class Received:
    """A request as it reached Pictory."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]


@dataclass
class Answer:
    """What the stand-in answers; ``before`` runs first, with the handler, and may give another answer."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    body: bytes = b'{"success":true}'
    before: Callable[[Any], Any] | None = None


@dataclass
class Upstream:
    """A TLS server on loopback that keeps what it receives."""

    address: str = ""
    port: int = 0
    received: list[Received] = field(default_factory=list)
    handshakes: int = 0
    """TLS handshakes that were completed."""
    answer: Answer = field(default_factory=Answer)

    def reset(self) -> None:
        self.received.clear()
        self.handshakes = 0
        self.answer = Answer()


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    context: ssl.SSLContext
    request_queue_size = 64

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        # The handshake belongs to the connection's own thread.
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Refused handshakes and cut connections are part of the tests."""


class _Server6(_Server):
    address_family = socket.AF_INET6


def serve_pictory(
    upstream: Upstream, *, certificate: tuple[Path, Path], address: str, port: int = 0
) -> _Server:
    """Starts the stand-in at ``address``; its port goes into ``upstream``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "cloudflare", ""
        wbufsize = 65_536

        def setup(self) -> None:
            super().setup()
            self.connection.do_handshake()
            upstream.handshakes += 1

        def handle_any(self) -> None:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                body = b""
                while size := int(self.rfile.readline().strip() or b"0", 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            upstream.received.append(Received(self.command, self.path, self.headers.items(), body))
            answer = upstream.answer
            if answer.before:
                instead = answer.before(self)
                answer = instead if isinstance(instead, Answer) else answer
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - the base class's names

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = (_Server6 if ":" in address else _Server)((address, port), Handler)
    server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.context.load_cert_chain(*certificate)
    upstream.address, upstream.port = address, int(server.server_address[1])
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server


# --- names ------------------------------------------------------------------------------------------------


class Resolver(NameServer):
    """A DNS server on loopback that gives those of ``addresses`` that a question is about: A or AAAA."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)
        super().__init__(self._answer)

    def _answer(self, ident: bytes, question: bytes) -> bytes:
        kind = struct.unpack(">H", question[-4:-2])[0]
        size = {1: 4, 28: 16}.get(kind, 0)
        addresses = [one for one in map(ipaddress.ip_address, self.addresses) if len(one.packed) == size]
        answers = b"".join(
            b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 1, size) + address.packed for address in addresses
        )
        return ident + struct.pack(">HHHHH", 0x8180, 1, len(addresses), 0, 0) + question + answers


# --- the keys' socket -------------------------------------------------------------------------------------


class KeyServer:
    """The sidecar's ``/jwks.json``, without the sidecar."""

    def __init__(self, path: Path, keys: list[dict[str, str]]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps({"keys": keys}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def address_string(self) -> str:
                return "socket"

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True
            request_queue_size = 128

        self._server = Server(str(path), Handler)
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
