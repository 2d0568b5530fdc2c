"""The real deployment: ``cdktf deploy``, a second plan, and ``terraform destroy``, each under a time limit."""

import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from sandbox.terraform import Terraform, run
from sandbox.workspace import ROOT, SandboxError

STACK: Final = "pictory-egress-sandbox"

# Several times what each takes on two idle cores: what is merely slow ends, what hangs is an error.
DEPLOY_SECONDS: Final = 480
PLAN_SECONDS: Final = 300
DESTROY_SECONDS: Final = 300
_PARALLELISM: Final = 30

_DONE = re.compile(r": (?:Creation|Destruction) complete")
_TOTAL = re.compile(r"Plan: (\d+) to add, \d+ to change, (\d+) to destroy")


class Deployment:
    """The sandbox's stack, deployed from below ``directory`` by ``terraform``, whose variables lead to an AWS.

    ``progress`` is told how many resources of how many are done.
    """

    def __init__(
        self, directory: Path, *, terraform: Terraform, progress: Callable[[int, int], None]
    ) -> None:
        self.output = directory / "cdktf.out"
        self.stack_directory = self.output / "stacks" / STACK
        self._terraform = terraform
        self._progress = progress
        self._done = self._total = 0

    def deploy(self) -> None:
        """Synthesize and apply, as a user does: with ``cdktf deploy``."""
        cdktf = ROOT / "node_modules" / ".bin" / "cdktf"
        if not cdktf.exists():
            raise SandboxError("cdktf-cli is not installed: run `make setup`")
        own_programs = str(Path(sys.executable).parent)
        self._done = self._total = 0
        run(
            [
                str(cdktf), "deploy", STACK, "--auto-approve", "--no-color", "--output", str(self.output),
                # Locking asks the registry for other platforms' checksums: nothing that a local run needs.
                "--skip-provider-lock", "--terraform-parallelism", str(_PARALLELISM),
            ],
            cwd=ROOT,
            environment={
                **self._terraform.environment(),
                "CI": "1",
                "SEND_CRASH_REPORTS": "0",
                "CDKTF_LOG_LEVEL": "error",
                "PICTORY_EGRESS_PYTHON": sys.executable,
                "PATH": os.pathsep.join([own_programs, os.environ.get("PATH", os.defpath)]),
            },
            timeout=DEPLOY_SECONDS,
            on_line=self._watch,
            started=self._terraform.started,
        )  # fmt: skip

    def changes(self) -> list[str]:
        """What a second plan would change, by address; empty when the deployment holds."""
        kept = self.stack_directory / "second.tfplan"
        if not self._terraform.plan(self.stack_directory, timeout=PLAN_SECONDS, out=kept):
            return []
        plan = self._terraform.show(self.stack_directory, kept)
        return [
            f"{change['address']} ({'/'.join(change['change']['actions'])})"
            for change in plan.get("resource_changes", [])
            if change["change"]["actions"] not in (["no-op"], ["read"])
        ] or ["outputs"]

    def destroy(self) -> None:
        """Take down all that was made."""
        self._done, self._total = 0, len(self.resources())
        self._terraform.destroy(
            self.stack_directory,
            timeout=DESTROY_SECONDS,
            on_line=self._watch,
            parallelism=_PARALLELISM,
            # The second plan has just compared state and AWS.
            refresh=False,
        )

    def resources(self) -> list[str]:
        """Addresses of what the state holds, without data sources."""
        return [a for a in self._terraform.resources(self.stack_directory) if not a.startswith("data.")]

    def outputs(self) -> Mapping[str, Any]:
        """The stack's outputs by name."""
        return self._terraform.output(self.stack_directory)

    def _watch(self, line: str) -> None:
        if match := _TOTAL.search(line):
            self._total = max(map(int, match.groups()))
        if _DONE.search(line):
            self._done += 1
            self._progress(self._done, self._total)
