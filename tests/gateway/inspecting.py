"""The inspector as its container runs it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from pictory_egress.gateway.inspection import INSPECTION_VARIABLE
from pictory_egress.gateway.packing import pack
from pictory_egress.gateway.runtime.inspection import workers


class Inspector:
    """``python -m runtime inspect`` in a process of its own, with sockets in a directory of its own."""

    def __init__(self, rules: dict[str, Any]) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="in-"))
        self._log = (self.directory / "inspector.log").open("wb")
        self._environment = {
            INSPECTION_VARIABLE: pack(rules),
            "RUN_DIRECTORY": str(self.directory),
            "PYTHONPATH": os.pathsep.join(sys.path),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.start()

    def start(self) -> None:
        """As ECS starts the container, and starts it again."""
        command = [sys.executable, "-m", "pictory_egress.gateway.runtime", "inspect"]
        self.process = subprocess.Popen(
            command, env=self._environment, stdout=self._log, stderr=self._log, start_new_session=True
        )

    def ready(self) -> bool:
        """Whether every worker answers."""
        return workers.health(self.directory) == 0

    def workers(self) -> list[int]:
        """Process ids of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def log(self) -> str:
        """What it has printed so far."""
        return (self.directory / "inspector.log").read_text()

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        self._log.close()
        shutil.rmtree(self.directory, ignore_errors=True)
