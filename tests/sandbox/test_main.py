"""What stops a sandbox before it starts: one sentence, and nothing left."""

import functools
import socket
from pathlib import Path

import pytest

from sandbox import __main__ as program
from sandbox.addresses import check_free
from sandbox.command import CommandError
from sandbox.stage import Stage
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


def test_sandbox_when_a_command_fails_then_what_the_local_aws_was_asked_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, kept = '{"action": "RevokeSecurityGroupEgress"}\n', tmp_path / "kept.jsonl"

    class FailingStage(Stage):
        def start_surroundings(self) -> None:
            (self.workspace.path / "aws").mkdir()
            (self.workspace.path / "aws" / "requests.jsonl").write_text(asked, encoding="utf-8")

        def deploy(self) -> None:
            raise CommandError("terraform apply failed")

    monkeypatch.setattr(program, "only_one", functools.partial(only_one, tmp_path / "sandbox.lock"))
    monkeypatch.setattr(program, "Stage", FailingStage)
    monkeypatch.setattr(program, "REQUESTS_FILE", kept)
    assert program.main([]) == 2
    assert kept.read_text(encoding="utf-8") == asked
    said = capsys.readouterr().err
    assert "terraform apply failed" in said
    assert str(kept) in said
