"""The sidecar's own interface, a UNIX socket: ``GET /jwks.json`` and ``/ready`` for Envoy, ``/health`` for ECS."""

import json
import socketserver
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Final

_IDLE_SECONDS: Final = 10

Answer = tuple[int, bytes]
"""Status and JSON body."""


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    # Envoy asks for all slots at once; whom a full queue turns away is told that nobody is there.
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A peer that goes away is none of the log's business."""


def serve(path: Path, pages: dict[str, Callable[[], Answer]]) -> socketserver.BaseServer:
    """Serves ``pages`` at ``path`` on a thread of its own; the caller closes what it gets.

    A page is called by its path, or by host and path where it is one host's.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = _IDLE_SECONDS

        def do_GET(self) -> None:
            page = pages.get(self.path) or pages.get(self.headers.get("Host", "") + self.path)
            status, body = page() if page else (404, json.dumps({"state": "unknown page"}).encode())
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def address_string(self) -> str:
            return "socket"

        def log_message(self, *_: Any) -> None:
            """Envoy logs calls; these are not any."""

    path.unlink(missing_ok=True)
    server = _Server(str(path), Handler)
    threading.Thread(target=server.serve_forever, name="server", daemon=True).start()
    return server
