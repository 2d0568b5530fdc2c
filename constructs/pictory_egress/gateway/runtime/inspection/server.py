"""HTTP/1.1 for one peer, Envoy's ext_authz: what it does not send is not understood, and ends the connection."""

import asyncio
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ..log import Log
from .check import check
from .refused import RefusedError
from .rules import Rules
from .token_request import TokenRequest

REASON_HEADER: Final = "x-pictory-egress-reason"
"""Response header with a refusal's code; Envoy words the answer by it."""
CLIENT_PREFIX: Final = "x-inspect-client-"
"""Request header, with the issuer's key after it, of who calls. Envoy sets it from the verified token."""
OPERATION_HEADER: Final = "x-inspect-operation"
LENGTH_HEADER: Final = "x-inspect-length"
"""Length of the body as it will leave; a body of another length is not the one that leaves."""
REQUEST_ID_HEADER: Final = "x-inspect-request-id"
TOKEN_HEADER: Final = "x-pictory-egress-token"  # noqa: S105 - a name, not a secret
EXPIRES_HEADER: Final = "x-pictory-egress-expires-in"
"""Response headers that Envoy adds to the request: the credential, and in how many seconds it ends."""

CPU_SECONDS: Final = 1.0
"""Longest time on the processor that one body may take; the kernel then ends the worker."""
MAX_BODY_BYTES: Final = 10 * 1024 * 1024

_MAX_HEAD_BYTES: Final = 16_384
_REQUEST_LINE: Final = re.compile(rb"(GET|POST|PUT) (/inspect|/token|/health) HTTP/1\.1")
_HEADER: Final = re.compile(r"([A-Za-z0-9.-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*")
_LENGTH: Final = re.compile(r"\d{1,9}")
_ALLOW: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

HOLD_SECONDS: Final = 1.2
"""Longest time that a write waits for the next key, within the two seconds that Envoy waits for us."""
_LOOK_SECONDS: Final = 0.05
_FRESH_SECONDS: Final = 10.0
"""The sidecar writes its sign anew five times a second: an old one is of a sidecar that is no more."""


class NotUnderstoodError(Exception):
    """The peer is not the Envoy of our configuration, or its configuration is wrong: nothing is let through."""


class Inspector:
    """Answers one request after the other."""

    def __init__(self, rules: Rules, log: Log) -> None:
        self._rules, self._log = rules, log

    def answer(self, headers: dict[str, str], body: bytes) -> bytes:
        """The response. Raises NotUnderstoodError."""
        operation = headers.get(OPERATION_HEADER, "")
        known = self._rules.operations.get(operation)
        callers = [
            (name.removeprefix(CLIENT_PREFIX), value)
            for name, value in headers.items()
            if name.startswith(CLIENT_PREFIX)
        ]
        if known is None or len(callers) != 1 or not callers[0][1]:
            raise NotUnderstoodError("no operation with a JSON body, or not one caller")
        if headers.get(LENGTH_HEADER, "0") != str(len(body)):
            raise NotUnderstoodError("the body is not the one that leaves")
        if not body:
            return _ALLOW
        try:
            with _time_limit():
                check(body, operation=known, grant=self._rules.clients.get(callers[0], self._rules.default))
        except RefusedError as refused:
            self._log.emit(
                "body_refused",
                request_id=headers.get(REQUEST_ID_HEADER),
                client=callers[0][1],
                operation=operation,
                reason=refused.code,
                field=refused.field,
                host=refused.host,
            )
            return _refusal(refused)
        return _ALLOW

    def token(self, headers: dict[str, str], body: bytes) -> bytes:
        """The response to a program that asks for a token: headers that Envoy puts into the request."""
        try:
            with _time_limit():
                asked = TokenRequest.from_body(body)
        except RefusedError as refused:
            self._log.emit("token_refused", request_id=headers.get(REQUEST_ID_HEADER), reason=refused.code)
            return _refusal(refused)
        return (
            f"HTTP/1.1 200 OK\r\nauthorization: {asked.credential}\r\n{TOKEN_HEADER}: {asked.credential}\r\n"
            f"{EXPIRES_HEADER}: {asked.expires_in}\r\nContent-Length: 0\r\n\r\n"
        ).encode()


class _Connection(asyncio.Protocol):
    """One request at a time. What may leave waits while Pictory refuses the key, which ``hold`` tells by being there.

    So a write is sent with a key that counts, or once: one that reached Pictory is never sent again.
    """

    def __init__(self, inspector: Inspector, log: Log, hold: Path) -> None:
        self._inspector, self._log, self._hold = inspector, log, hold
        self._waiting = False
        self._received = bytearray()
        self._head: tuple[bytes, dict[str, str], int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._waiting:
            self._answer()

    def _answer(self) -> None:
        try:
            for path, response in self._responses():
                if path == b"/inspect" and response is _ALLOW and self._must_wait():
                    self._waiting = True
                    self._wait(asyncio.get_running_loop().time() + HOLD_SECONDS)
                    return
                self._transport.write(response)
        except NotUnderstoodError as error:
            self._log.emit("not_understood", reason=str(error))
            self._transport.abort()

    def _must_wait(self) -> bool:
        try:
            return time.time() - self._hold.stat().st_mtime < _FRESH_SECONDS
        except FileNotFoundError:
            return False

    def _wait(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        if self._must_wait() and loop.time() < until and not self._transport.is_closing():
            loop.call_later(_LOOK_SECONDS, self._wait, until)
            return
        self._waiting = False
        self._transport.write(_ALLOW)
        self._answer()

    def _responses(self) -> Iterator[tuple[bytes, bytes]]:
        while True:
            if self._head is None:
                end = self._received.find(b"\r\n\r\n", 0, _MAX_HEAD_BYTES)
                if end < 0:
                    if len(self._received) >= _MAX_HEAD_BYTES:
                        raise NotUnderstoodError("a head without end")
                    return
                self._head = parse_head(bytes(self._received[:end]))
                del self._received[: end + 4]
            path, headers, length = self._head
            if len(self._received) < length:
                return
            body = bytes(self._received[:length])
            del self._received[:length]
            self._head = None
            yield path, self._response(path, headers, body)

    def _response(self, path: bytes, headers: dict[str, str], body: bytes) -> bytes:
        if path == b"/health":
            return _ALLOW
        answer = self._inspector.token if path == b"/token" else self._inspector.answer
        return answer(headers, body)


def parse_head(head: bytes) -> tuple[bytes, dict[str, str], int]:
    """Path, headers and length of the body. Raises NotUnderstoodError."""
    first, *lines = head.split(b"\r\n")
    request = _REQUEST_LINE.fullmatch(first)
    if request is None:
        raise NotUnderstoodError("an unknown request line")
    headers: dict[str, str] = {}
    for line in lines:
        header = _HEADER.fullmatch(line.decode("utf-8", "replace"))
        if header is None or header[1].lower() in headers:
            raise NotUnderstoodError("a malformed or repeated header")
        headers[header[1].lower()] = header[2]
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not _LENGTH.fullmatch(length) or int(length) > MAX_BODY_BYTES:
        raise NotUnderstoodError("a body of unknown length")
    if headers.get("x-envoy-auth-partial-body", "false") != "false":
        raise NotUnderstoodError("a part of a body")
    return request[2], headers, int(length)


def _refusal(refused: RefusedError) -> bytes:
    text = refused.detail.encode()
    head = f"HTTP/1.1 403 Forbidden\r\n{REASON_HEADER}: {refused.code}\r\nContent-Length: {len(text)}\r\n\r\n"
    return head.encode() + text


@contextmanager
def _time_limit() -> Iterator[None]:
    # Nothing handles the signal: its default ends the process, whatever it is in the middle of.
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
    try:
        yield
    except MemoryError:
        os._exit(os.EX_UNAVAILABLE)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


async def serve(path: Path, rules: Rules, log: Log, *, hold: Path) -> None:
    """Serves at the UNIX socket ``path`` until the process ends; ``hold`` is there while writes shall wait."""
    path.unlink(missing_ok=True)
    inspector = Inspector(rules, log)
    loop = asyncio.get_running_loop()
    server = await loop.create_unix_server(lambda: _Connection(inspector, log, hold), str(path), backlog=1024)
    # Envoy is another user of the same group.
    path.chmod(0o660)
    await server.serve_forever()
