"""The search for secrets finds what is there: a search that finds nothing proves nothing otherwise."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.leaks import search

SECRET = "pictai_4f9d2b7c1e8a"


@pytest.mark.parametrize(
    "content",
    [
        SECRET.encode(),
        b"x" * (1 << 20) + b"before " + SECRET.encode() + b" after",
        b"x" * ((1 << 20) - 5) + SECRET.encode(),
        base64.b64encode(f"key={SECRET}&".encode()),
        base64.b64encode(f"a key={SECRET}&".encode()),
        base64.b64encode(f"my key={SECRET}&".encode()),
    ],
    ids=["plain", "past a chunk", "across chunks", "base64 0", "base64 1", "base64 2"],
)
def test_search_when_a_file_holds_the_secret_then_it_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(content)
    (tmp_path / "clean").write_bytes(b"nothing here")
    result = search([SECRET], files=[tmp_path], texts=[], processes=[])
    assert result.found == (str(tmp_path / "deep" / "file"),)
    assert result.places == 2


def test_search_when_nothing_holds_it_then_nothing_is_found(tmp_path: Path) -> None:
    (tmp_path / "file").write_text(SECRET[:-1], encoding="utf-8")
    assert search([SECRET], files=[tmp_path], texts=[("log", b"quiet")], processes=[os.getpid()]).found == ()


def test_search_when_a_text_holds_it_then_it_is_named() -> None:
    assert search([SECRET], files=[], texts=[("log group", SECRET.encode())], processes=[]).found == (
        "log group",
    )


@pytest.mark.parametrize("where", ["cmdline", "environ"])
def test_search_when_a_process_holds_it_then_it_is_named(where: str) -> None:
    arguments = [sys.executable, "-c", "import sys; print('up', flush=True); sys.stdin.read()"]
    environment = {"PATH": os.environ["PATH"]}
    if where == "cmdline":
        arguments.append(SECRET)
    else:
        environment["KEY"] = SECRET
    process = subprocess.Popen(arguments, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        found = search([SECRET], files=[], texts=[], processes=[process.pid]).found
    finally:
        process.communicate(timeout=10)
    assert found == (f"process {process.pid} {where}",)
