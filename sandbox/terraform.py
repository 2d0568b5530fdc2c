"""Terraform, found on PATH and run with a time limit: nothing that hangs is waited for."""

import contextlib
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox import provider_mirror

MINIMUM = (1, 11)
LAST_LINES = 20
GRACE_SECONDS = 5.0
OnLine = Callable[[str], None]


class TerraformError(Exception):
    """Terraform is missing, too old, failed or was too slow; the message says which command, and its last lines."""


@dataclass(frozen=True)
class Completed:
    """A run that ended: its exit code and its lines, standard output and error together."""

    code: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Terraform:
    """Terraform with the environment for its runs.

    ``variables`` are added to each run's environment: ``LocalAws.environment()`` leads it to the local AWS. What
    the caller's own environment says of AWS and Terraform does not reach it.
    """

    executable: str
    version: tuple[int, ...]
    cli_config: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def find(cls, *, folder: Path, variables: Mapping[str, str] | None = None) -> "Terraform":
        """Terraform of PATH; a CLI configuration that names a provider mirror is written into ``folder``.

        Raises TerraformError when it is missing or too old, or the mirror that was asked for does not fit.
        """
        need = ".".join(map(str, MINIMUM))
        executable = shutil.which("terraform")
        if executable is None:
            raise TerraformError(f"Terraform is not on PATH: install version {need} or newer.")
        try:
            cli_config = provider_mirror.find().configure(folder)
        except provider_mirror.MirrorError as error:
            raise TerraformError(str(error)) from None
        found = cls(executable, (), cli_config, dict(variables or {}))
        text = "\n".join(
            found.run(["version"], cwd=folder if folder.is_dir() else Path.cwd(), timeout=60).lines
        )
        match = re.search(r"^Terraform v(\d+)\.(\d+)\.(\d+)", text, re.MULTILINE)
        if match is None:
            raise TerraformError(f"{executable} does not tell its version, but: {text[:200]}")
        version = tuple(map(int, match.groups()))
        if version[:2] < MINIMUM:
            have = ".".join(map(str, version))
            raise TerraformError(
                f"Terraform {have} ({executable}) is too old: install version {need} or newer."
            )
        return cls(executable, version, cli_config, dict(variables or {}))

    def environment(self) -> dict[str, str]:
        """The environment of a run, for other programs that call Terraform too."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "TF_"))}
        own = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
        if self.cli_config:
            own["TF_CLI_CONFIG_FILE"] = str(self.cli_config)
        return kept | own | dict(self.variables)

    def run(
        self,
        arguments: Sequence[str],
        *,
        cwd: Path,
        timeout: float,
        on_line: OnLine | None = None,
        accept: Sequence[int] = (0,),
    ) -> Completed:
        """Run it and hand each line on as it comes; raises TerraformError after ``timeout`` seconds or a failure.

        However it ends, no process of its group is left.
        """
        command = "terraform " + " ".join(arguments)
        process = subprocess.Popen(
            [self.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            cwd=cwd,
            env=self.environment(),
            start_new_session=True,
        )
        lines: list[str] = []
        try:
            for line in _lines(process, timeout):
                lines.append(line)
                if on_line:
                    on_line(line)
            code = process.wait()
        except TimeoutError:
            raise TerraformError(f"`{command}` did not end within {timeout:.0f} s. {_last(lines)}") from None
        finally:
            _end_group(process)
        if code not in accept:
            raise TerraformError(f"`{command}` failed with exit code {code}. {_last(lines)}")
        return Completed(code, tuple(lines))

    def init(self, cwd: Path, *, timeout: float = 120, on_line: OnLine | None = None) -> Completed:
        """Install the providers and set the backend up."""
        return self.run(["init", "-no-color", "-input=false"], cwd=cwd, timeout=timeout, on_line=on_line)

    def validate(self, cwd: Path, *, timeout: float = 120) -> Completed:
        """Check a configuration against the providers' schemas."""
        return self.run(["validate", "-no-color"], cwd=cwd, timeout=timeout)

    def plan(
        self, cwd: Path, *, timeout: float, out: Path | None = None, on_line: OnLine | None = None
    ) -> bool:
        """Whether anything would change; the plan is kept in ``out``."""
        arguments = ["plan", "-no-color", "-input=false", "-detailed-exitcode"]
        arguments += [f"-out={out}"] if out else []
        return self.run(arguments, cwd=cwd, timeout=timeout, on_line=on_line, accept=(0, 2)).code == 2

    def show(self, cwd: Path, plan: Path, *, timeout: float = 120) -> dict[str, Any]:
        """A kept plan as Terraform's JSON."""
        return self._json(["show", "-json", str(plan)], cwd, timeout)

    def apply(
        self, cwd: Path, *, timeout: float, on_line: OnLine | None = None, parallelism: int = 30
    ) -> Completed:
        """Create and change what the configuration says."""
        arguments = ["apply", "-no-color", "-input=false", "-auto-approve", f"-parallelism={parallelism}"]
        return self.run(arguments, cwd=cwd, timeout=timeout, on_line=on_line)

    def destroy(
        self, cwd: Path, *, timeout: float, on_line: OnLine | None = None, parallelism: int = 30
    ) -> Completed:
        """Remove all that the state holds."""
        arguments = ["destroy", "-no-color", "-input=false", "-auto-approve", f"-parallelism={parallelism}"]
        return self.run(arguments, cwd=cwd, timeout=timeout, on_line=on_line)

    def output(self, cwd: Path, *, timeout: float = 60) -> dict[str, Any]:
        """The outputs' values by name."""
        return {name: entry["value"] for name, entry in self._json(["output", "-json"], cwd, timeout).items()}

    def resources(self, cwd: Path, *, timeout: float = 60) -> tuple[str, ...]:
        """The addresses of all that the state holds."""
        return tuple(line for line in self.run(["state", "list"], cwd=cwd, timeout=timeout).lines if line)

    def _json(self, arguments: Sequence[str], cwd: Path, timeout: float) -> dict[str, Any]:
        text = "\n".join(self.run(arguments, cwd=cwd, timeout=timeout).lines)
        value: dict[str, Any] = json.loads(text[text.index("{") :])
        return value


def _lines(process: subprocess.Popen[str], timeout: float) -> Any:
    """The lines of a process until its end; raises TimeoutError when that does not come in time."""
    lines: queue.Queue[str | None] = queue.Queue()
    pipe = process.stdout
    assert pipe is not None

    def read() -> None:
        with contextlib.suppress(ValueError, OSError):  # closed under the reader when the run was cut short
            for line in pipe:
                lines.put(line.rstrip("\n"))
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    deadline = time.monotonic() + timeout
    while True:
        try:
            line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None
        if line is None:
            return
        yield line


def _end_group(process: subprocess.Popen[str]) -> None:
    """End what is left of the run's process group, first by asking."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
            break
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdout:
        process.stdout.close()


def _last(lines: Sequence[str]) -> str:
    kept = deque((line for line in lines if line.strip()), maxlen=LAST_LINES)
    return "Its last lines:\n" + "\n".join(kept) if kept else "It said nothing."
