"""A client as companies have them: a base URL, a key, ``Authorization`` as it comes; and many of them at once."""

import asyncio
import http.client
import itertools
import json
import ssl
import time
import urllib.parse
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_CALLS_A_WRITE: Final = 10


@dataclass(frozen=True)
class Answer:
    """Status, headers (lower-case names) and body of one call."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The stable code of a refusal; empty for an answer of Pictory's."""
        try:
            document = self.json
        except ValueError:
            return ""
        return str(document.get("code", "")) if isinstance(document, dict) else ""


@dataclass(frozen=True)
class Client:
    """Two settings, as the drop-in promise has it: base URL and key."""

    base_url: str
    key: str
    ca_file: Path

    def call(self, method: str, path: str, *, body: Any = None, timeout: float = 15) -> Answer:
        """One call below the base URL, on a connection of its own."""
        parts = urllib.parse.urlsplit(self.base_url)
        context = ssl.create_default_context(cafile=str(self.ca_file))
        connection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port or 443, timeout=timeout, context=context
        )
        headers = {"Accept": "application/json", "User-Agent": "example-client/1.0"}
        if self.key:
            headers["Authorization"] = self.key
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body), "application/json"
        try:
            connection.request(method, parts.path + path, body=data, headers=headers)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()


@dataclass(frozen=True)
class Failure:
    """A call that did not end with 200: when it began and ended (Unix seconds), and what happened.

    ``write`` is the name of the write that it was, or empty.
    """

    began: float
    ended: float
    outcome: str
    write: str = ""


@dataclass
class LoadReport:
    """What a load saw."""

    calls: int = 0
    seconds: float = 0.0
    statuses: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    writes: dict[str, str] = field(default_factory=dict)
    """The outcome of each write, by the name that its body holds and no other does."""

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.calls / self.seconds if self.seconds else 0.0


class Load:
    """Calls ``path`` at ``rate`` a second on ``connections`` connections until told to stop, or ``longest``.

    The rate holds while a call takes ``connections / rate`` seconds at the most. With ``write_path`` every tenth call
    is a POST there, of a storyboard with a ``videoName`` of its own.
    """

    def __init__(
        self,
        client: Client,
        *,
        path: str,
        rate: float,
        connections: int = 8,
        longest: float = 60,
        write_path: str = "",
    ) -> None:
        self._client, self._path, self._rate, self._write_path = client, path, rate, write_path
        self._connections, self._longest = connections, longest
        self._numbers = itertools.count()
        self._stop = asyncio.Event()
        self.report = LoadReport()

    def stop(self) -> None:
        """End the load; thread-safe only through the loop that runs it."""
        self._stop.set()

    async def run(self) -> LoadReport:
        """Call until stopped; the report."""
        import aiohttp

        context = ssl.create_default_context(cafile=str(self._client.ca_file))
        start = time.monotonic()
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context, limit=self._connections),
            headers={"Authorization": self._client.key, "User-Agent": "example-client/1.0"},
            timeout=aiohttp.ClientTimeout(total=10),
        ) as session:
            await asyncio.gather(*(self._caller(session, start, n) for n in range(self._connections)))
        self.report.seconds = time.monotonic() - start
        return self.report

    async def _caller(self, session: Any, start: float, number: int) -> None:
        pause = self._connections / self._rate
        due = start + number / self._rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        while not self._stop.is_set() and time.monotonic() - start < self._longest:
            began, number = time.time(), next(self._numbers)
            write = f"write {uuid.uuid4()}" if self._write_path and number % _CALLS_A_WRITE == 0 else ""
            outcome = await self._call(session, write)
            self.report.calls += 1
            self.report.statuses[outcome] += 1
            if write:
                self.report.writes[write] = outcome
            if outcome != "200":
                self.report.failures.append(Failure(began, time.time(), outcome, write))
            due += pause
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _call(self, session: Any, write: str) -> str:
        """The status, or what went wrong instead."""
        body = {"videoName": write, "scenes": [{"story": "A door that knows who knocks."}]}
        method, path = ("POST", self._write_path) if write else ("GET", self._path)
        try:
            async with session.request(
                method, self._client.base_url + path, json=body if write else None
            ) as answer:
                await answer.read()
                return str(answer.status)
        except Exception as error:  # a failed call is a result here, whatever the cause
            return type(error).__name__
