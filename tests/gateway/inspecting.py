"""The inspectors as their containers run them."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from pictory_egress.gateway.envoy.inspection import INSPECTOR_SOCKETS
from pictory_egress.gateway.inspection import INSPECTION_VARIABLE
from pictory_egress.gateway.packing import pack
from pictory_egress.gateway.runtime.inspection import workers


class Inspector:
    """One container: ``python -m runtime inspect``, with a socket of its own in ``directory``."""

    def __init__(self, directory: Path, socket: str, rules: dict[str, Any]) -> None:
        self.socket = directory / socket
        self._log = directory / f"{socket}.log"
        self._environment = {
            INSPECTION_VARIABLE: pack(rules),
            "RUN_DIRECTORY": str(directory),
            workers.SOCKET_VARIABLE: socket,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.command = [sys.executable, "-m", "pictory_egress.gateway.runtime", "inspect"]
        self.start()

    def start(self) -> None:
        """As ECS starts the container, and starts it again."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )

    def ready(self) -> bool:
        """Whether it answers."""
        return workers.health(self.socket) == 0

    def workers(self) -> list[int]:
        """Process ids of the worker, which is one but for the moment of a restart."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def signal(self, number: signal.Signals) -> None:
        """Sends ``number`` to every process of the container."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """Kills the first process; with it, as the end of a PID namespace does, every other one."""
        self.signal(signal.SIGKILL)
        self.process.wait(10)

    def log(self) -> str:
        """What it has printed so far."""
        return self._log.read_text()

    def close(self) -> None:
        """Stops it as ECS does."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


class Inspectors:
    """All of a task's, with sockets in a directory of their own."""

    def __init__(self, rules: dict[str, Any]) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="in-"))
        self.containers = [Inspector(self.directory, socket, rules) for socket in INSPECTOR_SOCKETS.values()]

    def ready(self) -> bool:
        """Whether each answers."""
        return all(container.ready() for container in self.containers)

    def workers(self) -> list[int]:
        """Process ids of the workers."""
        return [pid for container in self.containers for pid in container.workers()]

    def signal(self, number: signal.Signals) -> None:
        """Sends ``number`` to every process of each."""
        for container in self.containers:
            container.signal(number)

    def log(self) -> str:
        """What they have printed so far."""
        return "".join(container.log() for container in self.containers)

    def close(self) -> None:
        """Stops them as ECS does."""
        for container in self.containers:
            container.close()
        shutil.rmtree(self.directory, ignore_errors=True)
