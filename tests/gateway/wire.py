"""Bytes on the wire: what a hostile caller sends as it stands, and every answer that comes back."""

import contextlib
import http.client
import io
import socket
import ssl
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any

from tests.gateway.running import Gateway, Reply

SURPLUS_SECONDS = 0.2
"""How long an answer too many is waited for."""


class Wire:
    """A TLS connection to ``gateway`` that sends what it is given, and nothing of its own."""

    def __init__(self, gateway: Gateway, *, server_name: str = "gateway.example.com", **options: Any) -> None:
        self._plain = socket.socket()
        if small := options.pop("receive_buffer", 0):
            self._plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, small)
        self._plain.settimeout(15)
        self._plain.connect(("127.0.0.1", gateway.port))
        self._secure = gateway.context().wrap_socket(self._plain, server_hostname=server_name)

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._secure.close()

    def send(self, *parts: bytes, pause: float = 0) -> None:
        """Sends ``parts`` one after the other, ``pause`` seconds apart, until the gateway has closed."""
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            for number, part in enumerate(parts):
                time.sleep(pause if number else 0)
                self._secure.sendall(part)

    def read(self, size: int = 65_536, *, timeout: float = 15) -> bytes:
        """What is there, at most ``size`` bytes; empty once the gateway has closed."""
        self._secure.settimeout(timeout)
        try:
            return self._secure.recv(size)
        except (ConnectionError, ssl.SSLError):
            return b""

    def rest(self, *, expected: int, timeout: float = 15) -> tuple[bytes, bool]:
        """All that comes, and whether the gateway closed: past ``expected`` answers a moment is waited for more."""
        data = b""
        while True:
            complete = count(data) >= expected
            try:
                part = self.read(timeout=SURPLUS_SECONDS if complete else timeout)
            except TimeoutError:
                assert complete, f"answers missing after {data!r}"
                return data, False
            if not part:
                return data, True
            data += part


def exchange(gateway: Gateway, *parts: bytes, expected: int = 1, **options: Any) -> list[Reply]:
    """All answers to ``parts``, sent on a connection of their own."""
    with Wire(gateway, **options) as wire:
        wire.send(*parts)
        return answers(wire.rest(expected=expected)[0])


def count(data: bytes) -> int:
    """How many whole answers ``data`` holds at its start."""
    with contextlib.suppress(http.client.HTTPException):
        return len(answers(data))
    return 0


def answers(data: bytes) -> list[Reply]:
    """The answers that ``data`` holds; each must be whole."""
    stream, found = _Stream(data), []
    while stream.tell() < len(data):
        response = http.client.HTTPResponse(stream)  # type: ignore[arg-type]
        response.begin()
        body = response.read()
        found.append(Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, body))
    return found


class _Stream(io.BytesIO):
    def makefile(self, *_: Any) -> "_Stream":
        return self

    def close(self) -> None:
        """Stays open: the next answer is read from it."""


def request(
    method: str | bytes,
    target: str | bytes,
    *,
    token: str | None,
    headers: Iterable[bytes] = (),
    body: bytes = b"",
) -> bytes:
    """A request whose ``headers`` are lines as they stand."""
    line = b" ".join(
        part.encode() if isinstance(part, str) else part for part in (method, target, "HTTP/1.1")
    )
    lines = [line, b"Host: gateway.example.com"]
    if token is not None:
        lines.append(b"Authorization: " + token.encode())
    return b"\r\n".join([*lines, *headers]) + b"\r\n\r\n" + body
