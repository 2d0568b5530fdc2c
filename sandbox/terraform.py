"""Terraform, found on PATH and run with a time limit: nothing that hangs is waited for."""

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox import provider_mirror
from sandbox.aws.local import client_environment
from sandbox.command import CommandError, Completed, OnLine, Started, execute

MINIMUM = (1, 11)


class TerraformError(CommandError):
    """Terraform is missing, too old, failed or was too slow; the message says which command, and its last lines."""


def environment(folder: Path, *, endpoint: str, region: str = "us-east-1") -> dict[str, str]:
    """The environment in which programs that call Terraform reach the local AWS at ``endpoint``.

    A CLI configuration that names a provider mirror is written into ``folder``. What the caller's own environment
    says of AWS and Terraform is left out. Raises TerraformError when the mirror that was asked for does not fit.
    """
    return _environment(_cli_config(folder), client_environment(endpoint, region=region))


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    timeout: float,
    on_line: OnLine | None = None,
    started: Started | None = None,
) -> str:
    """Run a program that calls Terraform, under a cap of ``timeout`` seconds, and return what it said.

    Raises TerraformError, with the command and its last lines, when it fails or is too slow.
    """
    return execute(
        command,
        cwd=cwd,
        environment=environment,
        timeout=timeout,
        on_line=on_line,
        error=TerraformError,
        started=started,
    ).text


@dataclass(frozen=True)
class Terraform:
    """Terraform with the environment for its runs.

    ``variables`` are added to each run's environment: ``LocalAws.environment()`` leads it to the local AWS. What
    the caller's own environment says of AWS and Terraform does not reach it. ``started`` is told of each run's
    process group.
    """

    executable: str
    version: tuple[int, ...]
    cli_config: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    started: Started | None = None

    @classmethod
    def find(cls, *, folder: Path, variables: Mapping[str, str] | None = None) -> "Terraform":
        """Terraform of PATH; a CLI configuration that names a provider mirror is written into ``folder``.

        Raises TerraformError when it is missing or too old, or the mirror that was asked for does not fit.
        """
        need = ".".join(map(str, MINIMUM))
        executable = shutil.which("terraform")
        if executable is None:
            raise TerraformError(f"Terraform is not on PATH: install version {need} or newer.")
        cli_config = _cli_config(folder)
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
        """The environment of a run."""
        return _environment(self.cli_config, self.variables)

    def run(
        self,
        arguments: Sequence[str],
        *,
        cwd: Path,
        timeout: float,
        on_line: OnLine | None = None,
        accept: Sequence[int] = (0,),
    ) -> Completed:
        """Run it under a cap of ``timeout`` seconds; raises TerraformError when it fails or is too slow."""
        command = [self.executable, *arguments]
        return execute(
            command,
            cwd=cwd,
            environment=self.environment(),
            timeout=timeout,
            on_line=on_line,
            accept=accept,
            error=TerraformError,
            started=self.started,
        )

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
        arguments = ["plan", "-no-color", "-input=false", "-detailed-exitcode", "-parallelism=30"]
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
        self,
        cwd: Path,
        *,
        timeout: float,
        on_line: OnLine | None = None,
        parallelism: int = 30,
        refresh: bool = True,
    ) -> Completed:
        """Remove all that the state holds; without ``refresh``, as the state says, unasked."""
        arguments = ["destroy", "-no-color", "-input=false", "-auto-approve", f"-parallelism={parallelism}"]
        arguments += [] if refresh else ["-refresh=false"]
        return self.run(arguments, cwd=cwd, timeout=timeout, on_line=on_line)

    def output(self, cwd: Path, *, timeout: float = 60) -> dict[str, Any]:
        """The outputs' values by name."""
        return {name: entry["value"] for name, entry in self._json(["output", "-json"], cwd, timeout).items()}

    def resources(self, cwd: Path, *, timeout: float = 60) -> tuple[str, ...]:
        """The addresses of all that the state holds."""
        return tuple(line for line in self.run(["state", "list"], cwd=cwd, timeout=timeout).lines if line)

    def _json(self, arguments: Sequence[str], cwd: Path, timeout: float) -> dict[str, Any]:
        text = self.run(arguments, cwd=cwd, timeout=timeout).text
        value: dict[str, Any] = json.loads(text[text.index("{") :])
        return value


def _cli_config(folder: Path) -> Path | None:
    try:
        return provider_mirror.find().configure(folder.resolve())
    except provider_mirror.MirrorError as error:
        raise TerraformError(str(error)) from None


def _environment(cli_config: Path | None, variables: Mapping[str, str]) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "TF_"))}
    own = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
    # A provider's start is garbage collection to a good part: collecting less often takes a tenth off each run.
    kept.setdefault("GOGC", "400")
    if cli_config:
        own["TF_CLI_CONFIG_FILE"] = str(cli_config)
    return kept | own | dict(variables)
