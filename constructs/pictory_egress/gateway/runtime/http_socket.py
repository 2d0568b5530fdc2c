"""HTTP over UNIX sockets."""

import http.client
import socket
from pathlib import Path
from typing import Final

_TIMEOUT_SECONDS: Final = 3


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def request(path: Path, method: str, target: str) -> tuple[int, bytes]:
    """Status and body that the server at ``path`` answers.

    Raises OSError or http.client.HTTPException when there is none.
    """
    connection = _Connection(path)
    try:
        connection.request(method, target)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
