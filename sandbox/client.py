"""A client as companies have them: a base URL, a key, ``Authorization`` as it comes; and many of them at once."""

import asyncio
import http.client
import json
import ssl
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


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
    """A call that did not end with 200: when it began and ended (Unix seconds), and what happened."""

    began: float
    ended: float
    outcome: str


@dataclass
class LoadReport:
    """What a load saw."""

    calls: int = 0
    seconds: float = 0.0
    statuses: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.calls / self.seconds if self.seconds else 0.0


class Load:
    """Calls ``path`` at ``rate`` a second on ``connections`` connections until told to stop, or ``longest``.

    The rate holds while a call takes ``connections / rate`` seconds at the most.
    """

    def __init__(
        self, client: Client, *, path: str, rate: float, connections: int = 8, longest: float = 60
    ) -> None:
        self._client, self._path, self._rate = client, path, rate
        self._connections, self._longest = connections, longest
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
            began = time.time()
            try:
                async with session.get(self._client.base_url + self._path) as answer:
                    await answer.read()
                    outcome = str(answer.status)
            except Exception as error:  # a failed call is a result here, whatever the cause
                outcome = type(error).__name__
            self.report.calls += 1
            self.report.statuses[outcome] += 1
            if outcome != "200":
                self.report.failures.append(Failure(began, time.time(), outcome))
            due += pause
            await asyncio.sleep(max(0.0, due - time.monotonic()))
