"""A request's body, of which the firewall reads the first part before the rest is passed on."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import StreamReader

from sandbox.front.waf.request import INSPECTED_BODY_BYTES

_CHUNK = 64 * 1024


class Body:
    """Reads ``stream`` once: :meth:`inspect`, then :meth:`chunks`. ``idle_seconds`` ends a silent sender."""

    def __init__(self, stream: StreamReader, *, idle_seconds: float) -> None:
        self._stream = stream
        self._idle_seconds = idle_seconds
        self._first = b""
        self.is_whole = False
        """Whether the part read so far is all of it."""

    @property
    def first(self) -> bytes:
        """What the firewall sees: at most 8 KB."""
        return self._first[:INSPECTED_BODY_BYTES]

    async def inspect(self) -> None:
        """Read until the firewall's limit is passed, or the body ends.

        Raises
        ------
        TimeoutError
            The sender was silent for too long.
        """
        parts: list[bytes] = []
        size = 0
        while size <= INSPECTED_BODY_BYTES:
            part = await self._read()
            if not part:
                self.is_whole = True
                break
            parts.append(part)
            size += len(part)
        self._first = b"".join(parts)

    async def chunks(self) -> AsyncIterator[bytes]:
        """All of it, from the start."""
        if self._first:
            yield self._first
        while not self.is_whole:
            part = await self._read()
            if not part:
                return
            yield part

    async def _read(self) -> bytes:
        if self._stream.at_eof():
            return b""
        async with asyncio.timeout(self._idle_seconds):
            return await self._stream.read(_CHUNK)
