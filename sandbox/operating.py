"""What an operator does, with the operator's own command line: the sandbox takes no short cut."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sandbox.workspace import ROOT, SandboxError

_SECONDS: Final = 60


class Operator:
    """Runs ``pictory-egress …`` against the local AWS. Secret values go in by standard input only."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {
            **environment,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "constructs")]),
        }

    def run(self, *arguments: str, standard_input: str = "") -> str:
        """Standard output of ``pictory-egress arguments``.

        Raises
        ------
        SandboxError
            The command failed; its own words are in the message.
        """
        done = subprocess.run(
            [sys.executable, "-m", "pictory_egress.cli", *arguments],
            cwd=ROOT,
            env=self._environment,
            input=standard_input,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise SandboxError(
                f"pictory-egress {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}"
            )
        return done.stdout

    def issue_client(self, name: str) -> str:
        """A credential for the client ``name``."""
        return self.run("clients", "issue", name, "--environment", "sandbox").strip().splitlines()[-1]

    def keys(self, action: str) -> str:
        """What ``keys`` says to an action that needs no value."""
        return self.run("keys", action, "--environment", "sandbox")

    def revoke_client(self, name: str, credential: str) -> None:
        """Take back ``credential`` of the client ``name``: its id stands in it."""
        claims = credential.split(".")[1]
        jti = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["jti"]
        self.run("clients", "revoke", name, jti, "--environment", "sandbox")

    def stage_and_rotate(self, key: str) -> None:
        """Stage ``key`` as the candidate, and rotate at once."""
        self.run("keys", "stage", "--environment", "sandbox", "--rotate", standard_input=key + "\n")


ENVIRONMENT_FILE: Final = Path("stacks") / "environments" / "sandbox.toml"
