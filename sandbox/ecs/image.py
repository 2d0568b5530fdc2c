"""Which program stands for which image."""

import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pictory_egress.gateway.packing import VARIABLE, pack, unpack
from sandbox.ecs.definition import Container
from sandbox.workspace import ROOT, SandboxError

_TRUST_STORE = "/etc/ssl/certs/ca-certificates.crt"
_RUNTIME = ROOT / "constructs" / "pictory_egress" / "gateway" / "runtime"


@dataclass(frozen=True)
class Places:
    """How a task's own paths and address are found on this machine."""

    address: str
    volumes: Mapping[str, Path]
    trust_store: Path


@dataclass(frozen=True)
class Program:
    """A command line with what it needs to start."""

    command: list[str]
    environment: dict[str, str]
    cwd: Path


def envoy_binary() -> Path:
    """The Envoy of this Python environment.

    Raises
    ------
    SandboxError
        There is none.
    """
    found = shutil.which("envoy", path=str(Path(sys.executable).parent))
    if found is None:
        raise SandboxError("Envoy is not installed: run `make setup`")
    import envoy  # the package's own way to its binary, without the launcher script

    binaries = [path for path in Path(envoy.__file__).parent.rglob("envoy") if path.is_file()]
    return binaries[0] if binaries else Path(found)


class Images:
    """The images of the sandbox, unpacked below ``directory``."""

    def __init__(self, directory: Path, *, task_environment: Mapping[str, str]) -> None:
        self._directory = directory
        # What Fargate gives every container: a region, credentials of the task role, the way to AWS.
        self._task_environment = dict(task_environment)
        self._programs: dict[str, Callable[[Container, Places], Program]] = {
            "envoyproxy/envoy": self._envoy,
            "pictory-egress/sidecar": self._sidecar,
        }

    def program(self, container: Container, mapping: Places) -> Program:
        """The process that runs ``container``.

        Raises
        ------
        SandboxError
            No program stands for its image.
        """
        repository = container.image.split("@")[0]
        for suffix, make in self._programs.items():
            if repository.endswith(suffix):
                return make(container, mapping)
        raise SandboxError(
            f"container {container.name}: no program stands for image {container.image}: "
            f"the sandbox knows {', '.join(self._programs)}"
        )

    def _envoy(self, container: Container, mapping: Places) -> Program:
        return Program(
            command=[str(envoy_binary()), *_mapped(container.command, container, mapping)],
            environment=dict(container.environment),
            cwd=self._directory,
        )

    def _sidecar(self, container: Container, mapping: Places) -> Program:
        return self.sidecar(container, mapping, container.command)

    def sidecar(self, container: Container, mapping: Places, arguments: Sequence[str]) -> Program:
        """The sidecar's program with other ``arguments``: ECS runs its health check so."""
        application = self._directory / "sidecar"
        if not application.exists():
            shutil.copytree(_RUNTIME, application / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
        environment = {
            **self._task_environment,
            **{name: _variable(name, value, container, mapping) for name, value in container.environment},
            "PATH": str(Path(sys.executable).parent),
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SSL_CERT_FILE": str(mapping.trust_store),
        }
        return Program(
            command=[sys.executable, "-m", "runtime", *_mapped(arguments, container, mapping)],
            environment=environment,
            cwd=application,
        )


def _variable(name: str, value: str, container: Container, mapping: Places) -> str:
    return (
        _configuration(value, container, mapping)
        if name == VARIABLE
        else _mapped([value], container, mapping)[0]
    )


def _configuration(packed: str, container: Container, mapping: Places) -> str:
    """Envoy's configuration with the task's address and paths of this machine, packed as it was."""
    config = unpack(packed)
    for listener in config["static_resources"]["listeners"]:
        address = listener.get("address", {}).get("socket_address")
        if address and address["address"] == "0.0.0.0":
            address["address"] = mapping.address
    return pack(json.loads(_mapped([json.dumps(config)], container, mapping)[0]))


def _mapped(arguments: Sequence[str], container: Container, mapping: Places) -> list[str]:
    pairs = [(path, str(mapping.volumes[volume])) for volume, path in container.mounts]
    pairs.append((_TRUST_STORE, str(mapping.trust_store)))
    result = []
    for argument in arguments:
        text = argument
        for container_path, host_path in pairs:
            text = text.replace(container_path, host_path)
        result.append(text)
    return result
