"""A task with the gateway's own Envoy, as the library configures it, and places in that configuration."""

import copy
import functools
import json
from collections.abc import Callable
from typing import Any

from pictory_egress.api import OPERATIONS, Catalog
from pictory_egress.cdk import TerraformStack, aws
from pictory_egress.gateway.containers import container_definitions
from pictory_egress.gateway.envoy import bootstrap
from pictory_egress.gateway.inspection import inspection_rules
from pictory_egress.gateway.settings import Client, GatewaySettings
from tests.policies.snippets.snippet import Snippet

Json = dict[str, Any]

HOST = "video.pictory.ai"
"""The one host that there is a tunnel to."""

_IMAGE = "registry.example/image@sha256:" + "0" * 64
_SETTINGS = GatewaySettings.model_validate(
    {
        "envoy_image": _IMAGE,
        "sidecar_image": _IMAGE,
        "certificate_arn": "arn:aws:acm:us-east-2:111111111111:certificate/1",
        "domain": "gateway.example.com",
        "allowed_cidrs": ["10.0.0.0/8"],
        "connect": {"domain": "proxy.example.com", "hosts": [HOST]},
    }
)
_CATALOG = Catalog(tuple(o for o in OPERATIONS if o.id in ("storyboards.create", "jobs.get")))
_CLIENTS = (Client(name="studio", permissions=("storyboards.write", "jobs.read", "assets.connect")),)


def weakened_by(weaken: Callable[[Json], object]) -> Snippet:
    """A task whose Envoy is configured as the library does it; broken, ``weaken`` has changed it in place."""

    def task(stack: TerraformStack, broken: bool) -> None:
        configuration = copy.deepcopy(_configuration())
        if broken:
            weaken(configuration)
        _task(stack, configuration)

    return task


@functools.cache
def _configuration() -> Json:
    return bootstrap(
        settings=_SETTINGS, clients=_CLIENTS, catalog=_CATALOG, environment="prod", region="us-east-2"
    )


def _task(stack: TerraformStack, configuration: Json) -> None:
    log = aws.cloudwatch_log_group.CloudwatchLogGroup(stack, "Log", name="gateway")
    secret = aws.secretsmanager_secret.SecretsmanagerSecret(stack, "Secret", name="pictory")
    key = aws.kms_key.KmsKey(stack, "Signing", customer_master_key_spec="ECC_NIST_P256")
    aws.ecs_task_definition.EcsTaskDefinition(
        stack, "Task", family="gateway", network_mode="awsvpc",
        container_definitions=container_definitions(
            settings=_SETTINGS, name="gateway", environment="prod", region="us-east-2", bootstrap=configuration,
            inspection=inspection_rules(clients=_CLIENTS, catalog=_CATALOG), log_group_name=log.name,
            secret_arn=secret.arn, signing_key_arn=key.arn, registry_table="clients", credential_mode="api-key",
        ),
    )  # fmt: skip


def hand_written(stack: TerraformStack, configuration: Json) -> None:
    """A task with an Envoy of somebody's own, whose ``configuration`` stands in its command."""
    container = {"name": "envoy", "image": _IMAGE, "command": ["--config-yaml", json.dumps(configuration)]}
    aws.ecs_task_definition.EcsTaskDefinition(
        stack, "Task", family="proxy", container_definitions=json.dumps([container])
    )


def listener(envoy: Json, name: str = "gateway") -> Json:
    return _named(envoy["static_resources"]["listeners"], name)


def cluster(envoy: Json, name: str = "pictory") -> Json:
    return _named(envoy["static_resources"]["clusters"], name)


def manager(envoy: Json, name: str = "gateway") -> Json:
    """The HTTP connection manager of a listener."""
    found: Json = listener(envoy, name)["filter_chains"][0]["filters"][0]["typed_config"]
    return found


def http_filter(envoy: Json, kind: str) -> Json:
    """The configuration of the gateway's first HTTP filter of ``kind``, the end of its type or its name."""
    return _of_kind(manager(envoy)["http_filters"], kind)


def upstream_filter(envoy: Json, kind: str) -> Json:
    """The configuration of an HTTP filter on the way to Pictory."""
    (options,) = cluster(envoy)["typed_extension_protocol_options"].values()
    return _of_kind(options["http_filters"], kind)


def routes(envoy: Json, prefix: str) -> list[Json]:
    """The routes of the gateway for paths with ``prefix``."""
    by_prefix = manager(envoy)["route_config"]["virtual_hosts"][0]["matcher"]["matcher_tree"][
        "prefix_match_map"
    ]
    found: list[Json] = by_prefix["map"][prefix]["action"]["typed_config"]["routes"]
    return found


def _named(entries: list[Json], name: str) -> Json:
    return next(entry for entry in entries if entry["name"] == name)


def _of_kind(filters: list[Json], kind: str) -> Json:
    found: Json = next(
        entry["typed_config"]
        for entry in filters
        if entry["name"] == kind or entry.get("typed_config", {}).get("@type", "").endswith(f".{kind}")
    )
    return found
