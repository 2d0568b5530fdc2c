"""A stand-in for Pictory on loopback, its admin client, and calls as a client would make them."""

import http.client
import json
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.certificates import Authority
from sandbox.pictory.admin import PictoryAdmin
from sandbox.workspace import ROOT

ADDRESS = "127.77.90.10"
AGENT = "pictory-egress/1"


@dataclass(frozen=True)
class Answer:
    """Status, headers (lower-case names) and body of one answer."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True)
class Pictory:
    """A running stand-in."""

    port: int
    tls: ssl.SSLContext
    admin: PictoryAdmin
    process: subprocess.Popen[bytes]

    def call(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        body: object = None,
        headers: dict[str, str] | None = None,
        timeout: float = 5,
    ) -> Answer:
        sent = {"User-Agent": AGENT, **({"Authorization": key} if key else {})}
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if data is not None and not isinstance(body, bytes):
            sent["Content-Type"] = "application/json"
        connection = http.client.HTTPSConnection(ADDRESS, self.port, context=self.tls, timeout=timeout)
        try:
            connection.request(method, "/pictoryapis" + path, body=data, headers={**sent, **(headers or {})})
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read().decode())
        finally:
            connection.close()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pictory]:
    directory = tmp_path_factory.mktemp("pictory")
    authority = Authority(directory / "ca")
    leaf = authority.issue("pictory", hosts=["api.pictory.ai", ADDRESS])
    ready = directory / "ready.json"
    process = subprocess.Popen(
        [
            sys.executable, "-m", "sandbox.pictory", "--address", ADDRESS, "--port", "0", "--admin-port", "0",
            "--tls-cert", str(leaf.certificate), "--tls-key", str(leaf.key), "--ready-file", str(ready),
            "--job-seconds", "0",
        ],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'constructs'}", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    try:
        facts = _wait(ready, process)
        yield Pictory(facts["port"], authority.client_context(), PictoryAdmin(facts["admin_url"]), process)
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture
def pictory(running: Pictory) -> Pictory:
    """The session's stand-in, as new but for the credentials it knows."""
    running.admin.reset()
    return running


@pytest.fixture
def key(pictory: Pictory) -> str:
    return pictory.admin.issue_key().api_key


def _wait(path: Path, process: subprocess.Popen[bytes]) -> Any:
    for _ in range(400):
        if path.exists():
            return json.loads(path.read_text())
        assert process.poll() is None, "the stand-in ended before it was ready"
        time.sleep(0.025)
    raise AssertionError("the stand-in was not ready in 10 s")
