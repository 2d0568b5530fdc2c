"""The whole of Envoy's configuration."""

from collections.abc import Iterable
from typing import Final, Literal

from pictory_egress.api import Catalog
from pictory_egress.gateway.envoy import clusters
from pictory_egress.gateway.envoy.listener import listener
from pictory_egress.gateway.envoy.logs import application_log
from pictory_egress.gateway.envoy.readiness import readiness
from pictory_egress.gateway.envoy.shapes import RUN, Json, extension
from pictory_egress.gateway.envoy.tunnel_ends import tunnel_clusters, tunnel_listeners
from pictory_egress.gateway.envoy.tunnels import connect_listener
from pictory_egress.gateway.packing import MAX_BYTES, pack
from pictory_egress.gateway.settings import Client, GatewaySettings

ADMIN_PATHS: Final = ("/ready", "/stats", "/healthcheck/fail", "/drain_listeners")
"""All that Envoy's admin socket answers to."""

_MEBIBYTE: Final = 1024 * 1024
_BESIDE_MIB: Final = 320
"""What the two inspectors may have, 96 each, and what the sidecar needs at most."""


def bootstrap(
    *,
    settings: GatewaySettings,
    clients: Iterable[Client],
    catalog: Catalog,
    environment: str,
    region: str,
    credential_mode: Literal["api-key", "oauth"] = "api-key",
) -> Json:
    """Envoy's bootstrap, the same for the same input, byte for byte.

    Raises
    ------
    ValueError
        Packed, it is larger than :data:`MAX_BYTES`.
    """
    clients = tuple(clients)
    document: Json = {
        "node": {"id": f"pictory-egress-{environment}", "cluster": "gateway", "locality": {"region": region}},
        "admin": {
            "address": {"pipe": {"path": f"{RUN}/admin.sock", "mode": 0o600}},
            "allow_paths": [{"prefix": path} for path in ADMIN_PATHS],
        },
        "application_log_config": application_log(),
        "layered_runtime": {
            "layers": [
                {
                    "name": "static",
                    "static_layer": {
                        "re2.max_program_size.error_level": 3000,
                        # Chunks end in CR LF: by default Envoy takes a bare line feed, which others read otherwise.
                        "envoy.reloadable_features.strict_chunk_parsing": True,
                        # A header that is sent twice is judged as one, joined by commas: our rules say what a value may
                        # be, and of two values one could be good.
                        "envoy.reloadable_features.rbac_match_headers_individually": False,
                    },
                }
            ]
        },
        "overload_manager": _overload(memory_mib=settings.memory),
        "static_resources": {
            "listeners": [
                listener(settings=settings, clients=clients, catalog=catalog, environment=environment),
                *_tunnel_listeners(settings, clients, environment),
            ],
            "clusters": [
                clusters.pictory(settings=settings, mode=credential_mode),
                clusters.sidecar(),
                readiness(),
                clusters.inspector(),
                *(clusters.issuer(settings=settings, of=issuer) for issuer in settings.issuers),
                *(tunnel_clusters(settings=settings, connect=settings.connect) if settings.connect else ()),
            ],
        },
    }
    if settings.connect:
        document["bootstrap_extensions"] = [_internal_listeners()]
    size = len(pack(document))
    if size > MAX_BYTES:
        raise ValueError(
            f"the gateway's configuration for {environment!r} is {size} bytes when packed, {MAX_BYTES} fit into a task "
            f"definition: grant permissions in place of single operations, give clients the same grants, or remove "
            f"[[client]] and [[operation]] entries"
        )
    return document


def _tunnel_listeners(settings: GatewaySettings, clients: tuple[Client, ...], environment: str) -> list[Json]:
    if settings.connect is None:
        return []
    return [
        connect_listener(
            settings=settings, connect=settings.connect, clients=clients, environment=environment
        ),
        *tunnel_listeners(settings=settings, connect=settings.connect),
    ]


def _internal_listeners() -> Json:
    return extension(
        "envoy.bootstrap.internal_listener",
        "envoy.extensions.bootstrap.internal_listener.v3.InternalListener",
    )


def _overload(*, memory_mib: int) -> Json:
    """Refuses new work before the memory of the task, which sidecar and inspector share, runs out."""

    def at(action: str, threshold: float) -> Json:
        trigger = {"name": "envoy.resource_monitors.fixed_heap", "threshold": {"value": threshold}}
        return {"name": f"envoy.overload_actions.{action}", "triggers": [trigger]}

    heap = min(memory_mib * 3 // 4, memory_mib - _BESIDE_MIB) * _MEBIBYTE
    return {
        "refresh_interval": "0.5s",
        "resource_monitors": [
            extension(
                "envoy.resource_monitors.fixed_heap",
                "envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig",
                max_heap_size_bytes=heap,
            ),
            extension(
                "envoy.resource_monitors.global_downstream_max_connections",
                "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
                max_active_downstream_connections=20_000,
            ),
        ],
        "actions": [
            at("shrink_heap", 0.9),
            at("stop_accepting_requests", 0.95),
            at("stop_accepting_connections", 0.98),
        ],
    }
