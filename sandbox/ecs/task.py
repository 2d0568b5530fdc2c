"""One running task: its containers started and stopped in ECS's order."""

import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.ecs.definition import Container, Service
from sandbox.ecs.image import Images, Places, Program
from sandbox.ecs.logs import LogDriver
from sandbox.workspace import SandboxError, Workspace

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_RUN_TO_END_SECONDS = 30


class Task:
    """A task of ``service`` at a loopback address of its own."""

    def __init__(
        self,
        service: Service,
        *,
        number: int,
        workspace: Workspace,
        images: Images,
        trust_store: Path,
        logs: "CloudWatchLogsClient",
    ) -> None:
        self.address = f"127.77.1.{number}"
        self._service, self._number, self._workspace = service, number, workspace
        self._images, self._logs = images, logs
        self._directory = workspace.path / f"t{number}"
        volumes = {volume for container in service.containers for volume, _ in container.mounts}
        self._mapping = Places(
            address=self.address,
            volumes={volume: self._directory / volume for volume in volumes},
            trust_store=trust_store,
        )
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._drivers: dict[str, LogDriver] = {}

    @property
    def port(self) -> int:
        """The port that the load balancer sends to."""
        return next(container.ports[0] for container in self._service.containers if container.ports)

    def start(self) -> None:
        """Start the containers, each when what it depends on has come as far as it asks.

        Raises
        ------
        SandboxError
            A container ended, or did not become healthy in its time.
        """
        for path in self._mapping.volumes.values():
            path.mkdir(parents=True)
        containers = {container.name: container for container in self._service.containers}
        for container in self._service.containers:
            for name, condition in container.depends_on:
                self._wait(containers[name], condition)
            self._start(container)
        for container in self._service.containers:
            if container.health_command:
                self._wait(container, "HEALTHY")

    def stop(self) -> None:
        """Stop the containers in reverse order; each gets its ``stopTimeout``."""
        for container in reversed(self._service.containers):
            if container.name in self.processes:
                self._workspace.end(self._label(container), seconds=container.stop_timeout)
        for driver in self._drivers.values():
            driver.close()

    def log(self, name: str) -> str:
        """What the container ``name`` has printed so far."""
        return self._workspace.log(f"task{self._number}-{name}")

    def flush_logs(self) -> None:
        """Deliver what the containers have printed so far."""
        for driver in self._drivers.values():
            driver.flush()

    def _label(self, container: Container) -> str:
        return f"task{self._number}-{container.name}"

    def _start(self, container: Container) -> None:
        program = self._images.program(container, self._mapping)
        process = subprocess.Popen(
            program.command,
            env=program.environment,
            cwd=program.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._workspace.adopt(self._label(container), process)
        self.processes[container.name] = process
        assert process.stdout is not None
        logs = self._workspace.path / "logs"
        logs.mkdir(exist_ok=True)
        self._drivers[container.name] = LogDriver(
            self._logs,
            group=container.log_group,
            stream=f"{container.log_stream_prefix}/{container.name}/task-{self._number}",
            pipe=process.stdout,
            copy=logs / f"{self._label(container)}.log",
        )

    def _wait(self, container: Container, condition: str) -> None:
        process = self.processes[container.name]
        if condition in ("SUCCESS", "COMPLETE"):
            try:
                status = process.wait(timeout=_RUN_TO_END_SECONDS)
            except subprocess.TimeoutExpired:
                raise SandboxError(
                    f"container {container.name} did not end: {self._last_lines(container)}"
                ) from None
            if condition == "SUCCESS" and status != 0:
                raise SandboxError(
                    f"container {container.name} ended with {status}: {self._last_lines(container)}"
                )
        elif condition == "HEALTHY":
            self._wait_healthy(container)
        elif process.poll() is not None:
            raise SandboxError(
                f"container {container.name} ended with {process.returncode}: {self._last_lines(container)}"
            )

    def _wait_healthy(self, container: Container) -> None:
        allowed = container.health_start_period + container.health_retries * container.health_interval
        deadline = time.monotonic() + allowed
        program = self._health_program(container)
        while time.monotonic() < deadline:
            if self.processes[container.name].poll() is not None:
                break
            check = subprocess.run(
                program.command,
                env=program.environment,
                cwd=program.cwd,
                capture_output=True,
                timeout=15,
                check=False,
            )
            if check.returncode == 0:
                return
            time.sleep(0.5)
        raise SandboxError(f"container {container.name} is not healthy: {self._last_lines(container)}")

    def _health_program(self, container: Container) -> Program:
        kind, *command = container.health_command
        prefix = ["python", "-m", "runtime"]
        if kind != "CMD" or command[:3] != prefix:
            raise SandboxError(f"container {container.name}: the sandbox cannot run health check {command}")
        return self._images.sidecar(container, self._mapping, command[3:])

    def _last_lines(self, container: Container) -> str:
        text = self._workspace.log(self._label(container)).strip().splitlines()
        return " | ".join(text[-5:]) or "it printed nothing"
