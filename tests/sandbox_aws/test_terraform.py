"""Terraform: found, checked, led to its provider, and stopped when it is too slow."""

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox import provider_mirror
from sandbox.command import CommandError, execute
from sandbox.provider_mirror import SETTING, VERSION, MirrorError, platform_name
from sandbox.terraform import Terraform, TerraformError, environment

Until = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH that holds what the test puts there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(path: Path, text: str) -> None:
    file = path / "terraform"
    file.write_text(f"#!{sys.executable}\n{text}\n", encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def test_find_when_missing_then_a_sentence(path: Path, tmp_path: Path) -> None:
    with pytest.raises(TerraformError, match=r"not on PATH: install version 1\.11 or newer"):
        Terraform.find(folder=tmp_path)


@pytest.mark.parametrize("version", ["1.10.9", "0.15.0"])
def test_find_when_too_old_then_a_sentence(path: Path, tmp_path: Path, version: str) -> None:
    program(path, f"print('Terraform v{version}')")
    with pytest.raises(TerraformError, match=rf"Terraform {version} .* is too old"):
        Terraform.find(folder=tmp_path)


@pytest.mark.parametrize("version", ["1.11.0", "1.12.3", "2.0.0"])
def test_find_when_new_enough_then_found(path: Path, tmp_path: Path, version: str) -> None:
    program(path, f"print('Terraform v{version}')")
    assert Terraform.find(folder=tmp_path).version == tuple(map(int, version.split(".")))


def test_environment_when_callers_speaks_of_aws_then_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in (
        "AWS_PROFILE",
        "AWS_CA_BUNDLE",
        "AWS_SESSION_TOKEN",
        "TF_LOG",
        "TF_VAR_x",
        "TF_CLI_CONFIG_FILE",
    ):
        monkeypatch.setenv(key, "the caller's")
    made = environment(tmp_path, endpoint="http://127.0.0.1:1")
    assert "the caller's" not in made.values()
    assert made["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert made["CHECKPOINT_DISABLE"] == "1"
    assert made["PATH"] == os.environ["PATH"]


def mirror(folder: Path, *, version: str = VERSION, platform: str | None = None) -> Path:
    (folder / "host.example" / "hashicorp" / "aws" / version / (platform or platform_name())).mkdir(
        parents=True
    )
    return folder


def test_mirror_when_a_configuration_names_one_then_used_as_it_is(tmp_path: Path) -> None:
    config = tmp_path / "mine.tfrc"
    config.write_text("provider_installation {}", encoding="utf-8")
    given = {
        "TF_CLI_CONFIG_FILE": str(config),
        "HOME": str(tmp_path),
        SETTING: str(mirror(tmp_path / "mirror")),
    }
    assert provider_mirror.find(given).configure(tmp_path) == config


def test_mirror_when_the_configuration_does_not_exist_then_the_setting_is_used(tmp_path: Path) -> None:
    given = {
        "TF_CLI_CONFIG_FILE": str(tmp_path / "missing"),
        "HOME": str(tmp_path),
        SETTING: str(mirror(tmp_path / "mirror")),
    }
    config = provider_mirror.find(given).configure(tmp_path / "build")
    assert config is not None
    assert f'path    = "{tmp_path / "mirror"}"' in config.read_text(encoding="utf-8")


@pytest.mark.parametrize("wrong", [{"version": "5.99.0"}, {"platform": "plan9_mips"}])
def test_mirror_when_the_setting_holds_no_fitting_provider_then_refused(
    tmp_path: Path, wrong: dict[str, str]
) -> None:
    with pytest.raises(MirrorError, match=SETTING):
        provider_mirror.find({"HOME": str(tmp_path), SETTING: str(mirror(tmp_path / "mirror", **wrong))})


def test_mirror_when_implied_folder_has_the_provider_then_found(tmp_path: Path) -> None:
    folder = mirror(tmp_path / ".terraform.d" / "plugins")
    assert provider_mirror.find({"HOME": str(tmp_path)}).mirror == folder


def test_command_when_it_ends_then_lines_and_code(tmp_path: Path) -> None:
    seen: list[str] = []
    code = "import sys; print('one'); print('two', file=sys.stderr); sys.exit(2)"
    done = execute(
        [sys.executable, "-u", "-c", code],
        cwd=tmp_path,
        environment={},
        timeout=30,
        on_line=seen.append,
        accept=(0, 2),
    )
    assert (done.code, done.lines, seen) == (2, ("one", "two"), ["one", "two"])


def test_command_when_it_fails_then_error_with_command_and_last_lines(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"failed with exit code 3[^\0]*the reason"):
        execute(
            [sys.executable, "-c", "print('the reason'); raise SystemExit(3)"],
            cwd=tmp_path,
            environment={},
            timeout=30,
        )


@pytest.mark.slow
def test_command_when_too_slow_then_its_whole_group_is_killed(tmp_path: Path, until: Until) -> None:
    code = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
time.sleep(600)
"""
    pids: list[int] = []
    with pytest.raises(CommandError, match="did not end within 2 s"):
        execute(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            environment={},
            timeout=2,
            on_line=lambda line: pids.append(int(line)),
        )
    (pid,) = pids
    until(lambda: not Path(f"/proc/{pid}").exists() or "State:\tZ" in Path(f"/proc/{pid}/status").read_text())


def test_command_when_interrupted_then_nothing_is_left(tmp_path: Path, until: Until) -> None:
    pids: list[int] = []

    def interrupt(line: str) -> None:
        pids.append(int(line))
        raise KeyboardInterrupt

    code = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    with pytest.raises(KeyboardInterrupt):
        execute([sys.executable, "-c", code], cwd=tmp_path, environment={}, timeout=60, on_line=interrupt)
    until(lambda: not Path(f"/proc/{pids[0]}").exists())
