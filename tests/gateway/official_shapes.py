"""Programs in the shapes of Pictory's official samples, and how a test runs one as its own process."""

import json
import subprocess
import sys
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from sandbox.pictory.journal import SeenRequest

_FOLDER = Path(__file__).with_name("programs")
_SECONDS = 60


@dataclass(frozen=True)
class Program:
    """A file of ``programs/``, and the operations that it calls, in order. Polls of one job count once."""

    file: str
    operations: tuple[str, ...]

    @property
    def asks_for_token(self) -> bool:
        return "token_first" in self.file

    def run(self, *, port: int, trusted: Path, credentials: dict[str, str]) -> "Ended":
        """Runs it to its end. Its environment holds base URL, ``credentials`` and the ``trusted`` authority only."""
        python = self.file.endswith(".py")
        program = Path(sys.executable) if python else Path(sys.executable).with_name("node")
        trust = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")
        done = subprocess.run(
            [program, _FOLDER / self.file],
            env={
                "PATH": "/usr/bin:/bin",
                "PICTORY_BASE_URL": f"https://localhost:{port}/pictoryapis",
                "PICTORY_POLL_SECONDS": "0.05",
                **dict.fromkeys(trust, str(trusted)),
                **credentials,
            },
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )
        return Ended(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Ended:
    """What a program left."""

    status: int
    output: str
    errors: str

    @property
    def video(self) -> dict[str, Any]:
        """The one line of JSON that a program prints once its video is made."""
        assert self.status == 0, self.errors
        [line] = self.output.splitlines()
        video: dict[str, Any] = json.loads(line)
        return video

    @property
    def refusal(self) -> str:
        """What a program that failed wrote."""
        assert (self.status, self.output) == (1, ""), self
        return self.errors


_BY_KEY = ("storyboards.create", "jobs.get", "videos.render-storyboard", "jobs.get")
_BY_TOKEN = ("media.upload-url", "storyboards.create-v1", "jobs.get")

SKILL = Program("skill_key_first.py", ("storyboards.render", "jobs.get"))
KEY_FIRST = (Program("python_key_first.py", _BY_KEY), Program("node_key_first.mjs", _BY_KEY))
TOKEN_FIRST = (
    Program("python_token_first.py", (*_BY_TOKEN, "videos.render-job-v1", "jobs.get")),
    Program("node_token_first.mjs", (*_BY_TOKEN, "videos.render-v1", "jobs.get")),
)


def in_order(requests: list[SeenRequest]) -> tuple[str | None, ...]:
    """Operations that were called, without those that repeat the one before."""
    return tuple(operation for operation, _ in groupby(request.operation for request in requests))
