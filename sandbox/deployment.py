"""The real deployment: ``cdktf deploy``, a second plan, and ``terraform destroy``, each under a cap."""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from sandbox import terraform
from sandbox.workspace import ROOT, SandboxError

STACK: Final = "pictory-egress-sandbox"

SYNTH_AND_APPLY_SECONDS: Final = 420
PLAN_SECONDS: Final = 120
DESTROY_SECONDS: Final = 240
_PARALLELISM: Final = "30"

_DONE = re.compile(r": (Creation|Destruction) complete")
_TOTAL = re.compile(r"Plan: (\d+) to add, \d+ to change, (\d+) to destroy")


class Deployment:
    """The sandbox's stack, deployed from below ``directory`` onto the AWS at ``endpoint``."""

    def __init__(self, directory: Path, *, endpoint: str, progress: Callable[[int, int], None]) -> None:
        self.output = directory / "cdktf.out"
        self.stack_directory = self.output / "stacks" / STACK
        self._progress = progress
        self._done = self._total = 0
        self.environment: dict[str, str] = {
            **terraform.environment(directory, endpoint=endpoint),
            "CI": "1",
            "SEND_CRASH_REPORTS": "0",
            "CDKTF_LOG_LEVEL": "error",
            "PICTORY_EGRESS_PYTHON": sys.executable,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        }

    def deploy(self) -> int:
        """Synthesize and apply with ``cdktf deploy``; the number of resources made."""
        cdktf = ROOT / "node_modules" / ".bin" / "cdktf"
        if not cdktf.exists():
            raise SandboxError("cdktf-cli is not installed: run `make setup`")
        self._done = self._total = 0
        terraform.run(
            [
                str(cdktf), "deploy", STACK, "--auto-approve", "--skip-provider-lock", "--no-color",
                "--output", str(self.output), "--terraform-parallelism", _PARALLELISM,
            ],
            cwd=ROOT,
            environment=self.environment,
            timeout=SYNTH_AND_APPLY_SECONDS,
            on_line=self._watch,
        )  # fmt: skip
        return len(self.resources())

    def changes(self) -> list[str]:
        """Addresses that a second plan would change; empty when the deployment holds."""
        plan = self.stack_directory / "second.tfplan"
        self._terraform("plan", "-input=false", "-out", str(plan), timeout=PLAN_SECONDS)
        shown = self._terraform("show", "-json", str(plan), timeout=PLAN_SECONDS)
        document = json.loads(shown)
        return [
            f"{change['address']} ({'/'.join(change['change']['actions'])})"
            for change in document.get("resource_changes", [])
            if change["change"]["actions"] not in (["no-op"], ["read"])
        ]

    def destroy(self) -> None:
        """Take down all that was made."""
        self._done, self._total = 0, len(self.resources())
        self._terraform(
            "destroy",
            "-auto-approve",
            "-input=false",
            f"-parallelism={_PARALLELISM}",
            timeout=DESTROY_SECONDS,
        )

    def resources(self) -> list[str]:
        """Addresses in the state, data sources left out."""
        listed = self._terraform("state", "list", timeout=PLAN_SECONDS)
        return [line for line in listed.splitlines() if line and not line.startswith("data.")]

    def outputs(self) -> Mapping[str, Any]:
        """The stack's outputs by name."""
        document = json.loads(self._terraform("output", "-json", timeout=PLAN_SECONDS))
        return {name: output["value"] for name, output in document.items()}

    def _terraform(self, *arguments: str, timeout: int) -> str:
        program = shutil.which("terraform")
        assert program is not None  # set-up has seen to it
        return terraform.run(
            [program, arguments[0], *(["-no-color"] if arguments[0] != "state" else []), *arguments[1:]]
            if arguments[0] != "state"
            else [program, *arguments],
            cwd=self.stack_directory,
            environment=self.environment,
            timeout=timeout,
            on_line=self._watch,
        )

    def _watch(self, line: str) -> None:
        if match := _TOTAL.search(line):
            self._total = int(match[1]) or int(match[2])
        if _DONE.search(line):
            self._done += 1
            self._progress(self._done, self._total)
