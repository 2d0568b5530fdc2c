"""What stops a sandbox before it starts: one sentence, and nothing left."""

import functools
import socket
from pathlib import Path

import pytest

from sandbox import __main__ as program
from sandbox.addresses import check_free
from sandbox.workspace import SandboxError, only_one


def test_port_when_somebody_listens_there_then_the_error_names_it() -> None:
    with socket.socket() as other:
        other.bind(("127.77.9.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(
            SandboxError, match=rf"127\.77\.9\.1:{port} cannot be used \(Address already in use\)"
        ):
            check_free([("127.77.9.1", port)])
    check_free([("127.77.9.1", port)])


def test_sandbox_when_another_runs_then_it_says_so_and_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = functools.partial(only_one, tmp_path / "sandbox.lock")
    monkeypatch.setattr(program, "only_one", ours)
    with ours():
        assert program.main([]) == 2
    assert "another sandbox of this checkout is running" in capsys.readouterr().err
