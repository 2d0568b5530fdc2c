"""A real run that is ended in the middle of its deployment: nothing of it is left."""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.trust import eventually

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.envoy]


def processes() -> Iterator[Path]:
    """Folders of /proc of what runs now."""
    return (entry for entry in Path("/proc").iterdir() if entry.name.isdigit())


def running_with(text: str) -> list[str]:
    """Command lines of the processes whose environment or arguments hold ``text``."""
    found = []
    for entry in processes():
        with contextlib.suppress(OSError):
            line = (entry / "cmdline").read_bytes()
            if text.encode() in line + (entry / "environ").read_bytes():
                found.append(line.replace(b"\0", b" ").decode(errors="replace"))
    return found


def child_of(parent: int, *, named: str) -> tuple[int, list[str]]:
    """Process id and arguments of the child of ``parent`` that has ``named`` in its command line."""
    for entry in processes():
        with contextlib.suppress(OSError):
            line = (entry / "cmdline").read_text()
            if f"PPid:\t{parent}\n" in (entry / "status").read_text() and named in line:
                return int(entry.name), line.split("\0")
    pytest.fail(f"no {named} under {parent}")


@pytest.mark.parametrize(
    ("line", "number"),
    [
        pytest.param(r"cdktf deploy", signal.SIGKILL, id="killed while it synthesizes"),
        pytest.param(r"[1-9]\d* of \d+ resources", signal.SIGTERM, id="ended while it deploys"),
    ],
)
def test_sandbox_when_it_is_ended_in_the_middle_then_no_process_and_no_file_is_left(
    tmp_path: Path, line: str, number: signal.Signals
) -> None:
    said = tmp_path / "said"
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with said.open("wb") as output:
        make = subprocess.Popen(
            ["make", "sandbox"], cwd=ROOT, env={**os.environ, "TMPDIR": str(temporary)},
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        eventually(lambda: re.search(line, said.read_text()), what=line, seconds=120)
        # Whoever unpacks into a temporary directory is well under way.
        time.sleep(3)
        sandbox, _ = child_of(make.pid, named="sandbox")
        _, watcher = child_of(sandbox, named="watcher.py")
        place = Path(watcher[-2])
        assert (place / "tmp").is_dir()
        os.kill(make.pid if number is signal.SIGTERM else sandbox, number)
        assert make.wait(timeout=60) != 0
        eventually(lambda: not running_with(str(temporary)), what="all processes are gone", seconds=30)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(make.pid, signal.SIGKILL)
    assert not place.exists()
    assert not list(temporary.iterdir())
    assert not running_with(str(place))
    if number is signal.SIGTERM:
        assert "interrupted; everything it started is gone" in said.read_text()
