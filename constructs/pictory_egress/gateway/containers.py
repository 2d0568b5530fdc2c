"""The containers of a gateway task, as ECS takes them."""

import json
from collections.abc import Mapping
from typing import Any, Final

from pictory_egress.gateway.envoy import CONNECT_PORT
from pictory_egress.gateway.envoy.inspection import INSPECTOR_SOCKETS
from pictory_egress.gateway.envoy.shapes import CONFIGURATION_FILE, RUN
from pictory_egress.gateway.inspection import INSPECTION_VARIABLE, SOCKET_VARIABLE
from pictory_egress.gateway.load_balancer import GATEWAY_PORT
from pictory_egress.gateway.packing import VARIABLE, pack
from pictory_egress.gateway.settings import GatewaySettings

VOLUME: Final = "run"
_NOBODY: Final = "65532:65532"
_INSPECTOR: Final = "65533:65532"
"""Of the same group, so that it may add its sockets to the volume; what the others keep there it cannot read."""
INSPECTOR_MEMORY_MIB: Final = 96
"""Hard limit of an inspector's container, in MiB. Worker, first process and health check take 40; bodies, the rest."""
_ECS_LIMIT_BYTES: Final = 65_536
_RESTART: Final = {"enabled": True, "ignoredExitCodes": [0], "restartAttemptPeriod": 60}
"""Started again in place when killed: Envoy goes on meanwhile. What ends with 0 was told to stop."""


def container_definitions(
    *,
    settings: GatewaySettings,
    name: str,
    environment: str,
    region: str,
    bootstrap: Mapping[str, Any],
    inspection: Mapping[str, Any],
    log_group_name: str,
    secret_arn: str,
    signing_key_arn: str,
    registry_table: str,
    credential_mode: str,
) -> str:
    """JSON of the five containers, in the order in which ECS starts them.

    ECS stops in the opposite order: the sidecar is stopped first, and drains Envoy before that is stopped. The two
    inspectors, which know what ``inspection`` says, are there for as long as Envoy is.

    Raises
    ------
    ValueError
        The definition passes the 64 KiB that ECS takes.
    """
    common = {
        "readonlyRootFilesystem": True,
        "privileged": False,
        "user": _NOBODY,
        "linuxParameters": {"capabilities": {"add": [], "drop": ["ALL"]}, "initProcessEnabled": False},
        "mountPoints": [{"sourceVolume": VOLUME, "containerPath": RUN, "readOnly": False}],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group_name,
                "awslogs-region": region,
                "awslogs-stream-prefix": "gateway",
                # A caller must never wait for the log to be taken.
                "mode": "non-blocking",
                "max-buffer-size": "25m",
            },
        },
        "environment": [],
        "portMappings": [],
        "systemControls": [],
        "volumesFrom": [],
    }
    sidecar_environment = {
        # One name for DynamoDB, which the VPC's resolver answers, and not one for each account.
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
        "AWS_REGION": region,
        "CREDENTIAL_MODE": credential_mode,
        "DRAIN_SECONDS": str(settings.drain_seconds),
        "ENVIRONMENT": environment,
        "PICTORY_HOST": settings.upstream.host,
        "PICTORY_PORT": str(settings.upstream.port),
        "REGISTRY_TABLE": registry_table,
        "RUN_DIRECTORY": RUN,
        "SECRET_ARN": secret_arn,
        "SIGNING_KEY_ARN": signing_key_arn,
    }
    sidecar = {
        **common,
        "image": settings.sidecar_image,
        "environment": _environment(sidecar_environment),
    }
    containers = [
        {
            **sidecar,
            "name": "prepare",
            "command": ["prepare"],
            "environment": _environment(sidecar_environment | {VARIABLE: pack(bootstrap)}),
            "essential": False,
        },
        *(
            _inspector(common, settings, inspection, name=inspector, socket=socket)
            for inspector, socket in INSPECTOR_SOCKETS.items()
        ),
        {
            **common,
            "name": "envoy",
            "image": settings.envoy_image,
            "command": _envoy_command(settings, name),
            "essential": True,
            "dependsOn": [
                {"containerName": "prepare", "condition": "SUCCESS"},
                *({"containerName": inspector, "condition": "HEALTHY"} for inspector in INSPECTOR_SOCKETS),
            ],
            "portMappings": [
                {"containerPort": port, "hostPort": port, "protocol": "tcp"}
                for port in (GATEWAY_PORT, *((CONNECT_PORT,) if settings.connect else ()))
            ],
        },
        {
            **sidecar,
            "name": "sidecar",
            "command": ["run"],
            "essential": True,
            "restartPolicy": _RESTART,
            "dependsOn": [{"containerName": "envoy", "condition": "START"}],
            # Room to drain, and to say so, before ECS kills.
            "stopTimeout": min(120, settings.drain_seconds + 10),
            "healthCheck": {
                "command": ["CMD", "python", "-m", "runtime", "health"],
                "interval": 10,
                "timeout": 5,
                "retries": 3,
                "startPeriod": 30,
            },
        },
    ]
    text = json.dumps(containers, separators=(",", ":"))
    if len(text.encode()) > _ECS_LIMIT_BYTES:
        raise ValueError(
            f"the task definition of {name} is {len(text.encode())} bytes, ECS takes {_ECS_LIMIT_BYTES}: "
            f"grant permissions in place of single operations, or remove clients and [[operation]] entries"
        )
    return text


def _environment(variables: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": key, "value": value} for key, value in sorted(variables.items())]


def _inspector(
    common: Mapping[str, Any],
    settings: GatewaySettings,
    inspection: Mapping[str, Any],
    *,
    name: str,
    socket: str,
) -> dict[str, Any]:
    """What reads what strangers send knows no secret, has no way to AWS, and little memory."""
    variables = {INSPECTION_VARIABLE: pack(inspection), SOCKET_VARIABLE: socket, "RUN_DIRECTORY": RUN}
    return {
        **common,
        "name": name,
        "user": _INSPECTOR,
        "image": settings.sidecar_image,
        "command": ["inspect"],
        "essential": True,
        "restartPolicy": _RESTART,
        "memory": INSPECTOR_MEMORY_MIB,
        "environment": _environment(variables),
        "dependsOn": [{"containerName": "prepare", "condition": "SUCCESS"}],
        "healthCheck": {
            "command": ["CMD", "python", "-m", "runtime", "inspect-health"],
            "interval": 10,
            "timeout": 5,
            "retries": 3,
            "startPeriod": 10,
        },
    }


def _envoy_command(settings: GatewaySettings, name: str) -> list[str]:
    return [
        "--config-path",
        CONFIGURATION_FILE,
        "--service-cluster",
        name,
        "--service-node",
        name,
        "--concurrency",
        str(max(1, settings.cpu // 1024)),
        "--log-level",
        "warning",
        # One process a container: nothing to hand over to, and no shared memory to leave behind.
        "--disable-hot-restart",
        # While the sidecar drains, every answer asks its caller to connect anew, and listeners stay open until the end.
        "--drain-strategy",
        "immediate",
        "--drain-time-s",
        str(settings.drain_seconds + 10),
        # Log lines within a second; otherwise within ten.
        "--file-flush-interval-msec",
        "1000",
    ]
