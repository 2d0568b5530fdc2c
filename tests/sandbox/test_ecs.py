"""The deployed service read back: containers in the order in which ECS starts them, and what stands for an image."""

import json
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.gateway.packing import canonical, pack, unpack
from sandbox.ecs.definition import read_service
from sandbox.ecs.image import Images, Places
from sandbox.workspace import SandboxError

SIDECAR = "111111111111.dkr.ecr.us-east-2.amazonaws.com/pictory-egress/sidecar@sha256:00"
ENVOY_CONFIG = (
    '{"static_resources":{"listeners":[{"address":{"socket_address":{"address":"0.0.0.0","port_value":8443}}}]},'
    '"range":{"address_prefix":"0.0.0.0"},"file":"/run/pictory-egress/token","ca":"/etc/ssl/certs/ca-certificates.crt"}'
)
MOUNTS = [{"sourceVolume": "run", "containerPath": "/run/pictory-egress"}]


class Ecs:
    """Answers of ECS, as the client gives them."""

    def __init__(self, *containers: dict[str, Any]) -> None:
        self._containers = containers

    def describe_services(self, **_: Any) -> dict[str, Any]:
        service = {
            "desiredCount": 2,
            "taskDefinition": "td",
            "loadBalancers": [{"targetGroupArn": "tg", "containerPort": 8443}],
        }
        return {"services": [service] if self._containers else []}

    def describe_task_definition(self, **_: Any) -> dict[str, Any]:
        return {"taskDefinition": {"taskDefinitionArn": "td", "containerDefinitions": list(self._containers)}}


def container(name: str, *depends_on: str, **more: Any) -> dict[str, Any]:
    waits = [{"containerName": other, "condition": "START"} for other in depends_on]
    return {"name": name, "image": SIDECAR, "dependsOn": waits, **more}


def read(*containers: dict[str, Any]) -> Any:
    return read_service(Ecs(*containers), cluster="c", service="s")  # type: ignore[arg-type]


def test_containers_when_they_depend_on_each_other_then_each_comes_after_those_it_waits_for() -> None:
    service = read(container("sidecar", "envoy"), container("envoy", "prepare"), container("prepare"))
    assert [each.name for each in service.containers] == ["prepare", "envoy", "sidecar"]


def test_containers_when_they_wait_for_each_other_then_the_error_names_them() -> None:
    with pytest.raises(SandboxError, match="a, b wait for each other"):
        read(container("a", "b"), container("b", "a"))


def test_service_when_it_is_missing_then_the_error_names_it() -> None:
    with pytest.raises(SandboxError, match="cluster c has no service s"):
        read()


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(address="127.77.9.9", volumes={"run": tmp_path / "run"}, trust_store=tmp_path / "ca.crt")


def test_image_when_nothing_stands_for_it_then_the_error_names_what_is_known(
    tmp_path: Path, places: Places
) -> None:
    service = read(container("x", image="docker.io/library/busybox@sha256:00"))
    with pytest.raises(SandboxError, match="no program stands for image"):
        Images(tmp_path, task_environment={}).program(service.containers[0], places)


def test_configuration_when_run_then_only_address_volume_and_trust_store_are_mapped(
    tmp_path: Path, places: Places
) -> None:
    packed = pack(json.loads(ENVOY_CONFIG))
    service = read(
        container(
            "prepare", environment=[{"name": "ENVOY_CONFIGURATION", "value": packed}], mountPoints=MOUNTS
        )
    )
    program = Images(tmp_path, task_environment={}).program(service.containers[0], places)
    config = canonical(unpack(program.environment["ENVOY_CONFIGURATION"]))
    assert '"address":"127.77.9.9"' in config
    assert '"address_prefix":"0.0.0.0"' in config, "a range is not an address to listen on"
    assert f'"file":"{tmp_path}/run/token"' in config
    assert f'"ca":"{tmp_path}/ca.crt"' in config


def test_envoy_when_run_then_it_reads_its_file_and_gets_nothing_of_ours(
    tmp_path: Path, places: Places
) -> None:
    command = ["--config-path", "/run/pictory-egress/envoy.json"]
    service = read(
        container("envoy", image="x/envoyproxy/envoy@sha256:00", command=command, mountPoints=MOUNTS)
    )
    program = Images(tmp_path, task_environment={"KEY": "secret"}).program(service.containers[0], places)
    assert program.command[1:] == ["--config-path", f"{tmp_path}/run/envoy.json"]
    assert program.environment == {}


def test_sidecar_when_run_then_its_environment_is_the_definitions_and_the_tasks(
    tmp_path: Path, places: Places
) -> None:
    service = read(
        container(
            "sidecar",
            command=["run"],
            environment=[{"name": "RUN_DIRECTORY", "value": "/run/pictory-egress"}],
            mountPoints=MOUNTS,
        )
    )
    program = Images(tmp_path, task_environment={"AWS_REGION": "us-east-2"}).program(
        service.containers[0], places
    )
    assert program.command[1:] == ["-m", "runtime", "run"]
    assert program.environment["RUN_DIRECTORY"] == str(tmp_path / "run")
    assert program.environment["AWS_REGION"] == "us-east-2"
    assert (program.cwd / "runtime" / "__main__.py").exists()
