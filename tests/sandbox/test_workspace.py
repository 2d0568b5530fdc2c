"""Whatever way a sandbox ends, nothing of it stays."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.workspace import ROOT, SandboxError, Workspace, only_one, wait_for_file

HOLDER = """
import sys, time
from sandbox.workspace import Workspace
space = Workspace()
child = space.start("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"])
print(space.path, child.pid, flush=True)
time.sleep(60)
"""


def gone(pid: int) -> bool:
    """Whether no process ``pid`` runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def eventually(condition: object, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def test_workspace_when_closed_then_directory_and_processes_are_gone() -> None:
    with Workspace() as space:
        child = space.start("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"])
        path = space.path
        assert path.is_dir()
    assert gone(child.pid)
    assert not path.exists()


def test_workspace_when_its_owner_is_killed_then_directory_and_processes_are_gone() -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    directory, pid = owner.stdout.readline().split()
    assert Path(directory).is_dir()
    owner.send_signal(signal.SIGKILL)
    owner.communicate(timeout=10)
    assert eventually(lambda: gone(int(pid)))
    assert eventually(lambda: not Path(directory).exists())


def test_lock_when_held_then_a_second_run_is_told_by_whom(tmp_path: Path) -> None:
    lock = tmp_path / "sandbox.lock"
    with only_one(lock), pytest.raises(SandboxError, match=f"process {os.getpid()}"), only_one(lock):
        pass
    with only_one(lock):
        pass


def test_waiting_when_the_process_ends_first_then_the_error_says_with_what(tmp_path: Path) -> None:
    with Workspace() as space:
        process = space.start("short", [sys.executable, "-c", "raise SystemExit(3)"])
        with pytest.raises(SandboxError, match="ended with status 3"):
            wait_for_file(tmp_path / "never", process, what="the short one")
