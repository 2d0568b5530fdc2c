"""The door: TLS from the load balancer, hardened HTTP, and the order in which a call is judged."""

from collections.abc import Iterable, Mapping
from typing import Final

from pictory_egress.api import Catalog
from pictory_egress.gateway.envoy.concurrency import client_concurrency
from pictory_egress.gateway.envoy.credential_form import AUTHORIZATION, credential_form
from pictory_egress.gateway.envoy.grants import authorization, call_state
from pictory_egress.gateway.envoy.identity import authentication
from pictory_egress.gateway.envoy.inspection import INSPECTOR_CLUSTER, inspection
from pictory_egress.gateway.envoy.limits import body_buffer, body_shape, client_rates
from pictory_egress.gateway.envoy.logs import access_logs
from pictory_egress.gateway.envoy.readiness import READINESS_CLUSTER
from pictory_egress.gateway.envoy.registered import registered
from pictory_egress.gateway.envoy.replies import local_replies
from pictory_egress.gateway.envoy.request_validation import request_validation
from pictory_egress.gateway.envoy.routes import route_configuration
from pictory_egress.gateway.envoy.shapes import RUN, Json, extension, typed
from pictory_egress.gateway.envoy.token_endpoint import token_request
from pictory_egress.gateway.settings import Client, GatewaySettings

LISTENER_PORT: Final = 8443
HEALTH_PATH: Final = "/healthz"
"""Says whether Envoy is up and not draining."""
READY_PATH: Final = "/readyz"
"""Says whether a call would be carried out: not before there is a credential, nor while no inspector answers."""
_READY: Final = {READINESS_CLUSTER: 100, INSPECTOR_CLUSTER: 1}
"""Least share of healthy hosts of each cluster, in percent; 1 stands for any one inspector."""


def listener(
    *, settings: GatewaySettings, clients: Iterable[Client], catalog: Catalog, environment: str
) -> Json:
    """The one listener that callers reach."""
    clients = tuple(clients)
    filters = [
        health(),
        health(path=READY_PATH, needs=_READY),
        request_validation(),
        *([token_request()] if settings.token_endpoint else []),
        credential_form(settings=settings, forms=AUTHORIZATION),
        authentication(settings=settings, environment=environment),
        *registered(),
        call_state(settings=settings),
        authorization(clients=clients, catalog=catalog),
        client_rates(settings=settings, clients=clients),
        client_concurrency(settings=settings, clients=clients),
        body_buffer(),
        body_shape(),
        inspection(settings=settings),
        extension(
            "envoy.filters.http.router",
            "envoy.extensions.filters.http.router.v3.Router",
            suppress_envoy_headers=True,
        ),
    ]
    manager = connection_manager(
        name="gateway",
        filters=filters,
        routes=route_configuration(catalog=catalog, token_endpoint=settings.token_endpoint),
        logs=access_logs(settings=settings),
        replies=local_replies(token_endpoint=settings.token_endpoint),
        idle_seconds=max(operation.timeout_seconds for operation in catalog.operations) + 10,
        strip_any_host_port=True,
    )
    return door(name="gateway", port=LISTENER_PORT, manager=manager)


def door(*, name: str, port: int, manager: Json) -> Json:
    """A listener for the load balancer, with TLS."""
    return {
        "name": name,
        "address": {"socket_address": {"address": "0.0.0.0", "port_value": port}},  # noqa: S104
        "per_connection_buffer_limit_bytes": 65_536,
        "filter_chains": [
            {"filters": [manager], "transport_socket": _tls(), "transport_socket_connect_timeout": "10s"}
        ],
    }


def connection_manager(
    *,
    name: str,
    filters: list[Json],
    routes: Json,
    logs: list[Json],
    replies: Json,
    idle_seconds: int,
    accept_http_10: bool = False,
    is_proxy: bool = False,
    **options: object,
) -> Json:
    """Hardened HTTP/1.1; ``name`` is that of its statistics, ``options`` are fields of Envoy's beyond these.

    A request to a proxy names scheme and host in its target: that of :mod:`tunnels` says that it takes CONNECT alone.
    """
    return extension(
        "envoy.filters.network.http_connection_manager",
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix=name,
        codec_type="HTTP1",
        http_protocol_options={"accept_http_10": accept_http_10, "allow_absolute_url": is_proxy},
        common_http_protocol_options={
            # Longer than a load balancer keeps an idle connection: the one that closes first loses no request.
            "idle_timeout": "3600s",
            "max_headers_count": 64,
            "headers_with_underscores_action": "REJECT_REQUEST",
        },
        max_request_headers_kb=24,
        request_headers_timeout="10s",
        request_timeout="60s",
        stream_idle_timeout=f"{idle_seconds}s",
        delayed_close_timeout="1s",
        drain_timeout="5s",
        normalize_path=True,
        merge_slashes=True,
        path_with_escaped_slashes_action="REJECT_REQUEST",
        # The load balancer is the one trusted hop; nobody is internal, so no x-envoy header is obeyed, and no id kept.
        use_remote_address=True,
        xff_num_trusted_hops=1,
        # Without a range Envoy takes private addresses for internal; nobody calls from this one.
        internal_address_config={"cidr_ranges": [{"address_prefix": "255.255.255.255", "prefix_len": 32}]},
        forward_client_cert_details="SANITIZE",
        generate_request_id=True,
        preserve_external_request_id=False,
        always_set_request_id_in_response=True,
        request_id_extension={
            "typed_config": typed(
                "envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig", pack_trace_reason=False
            )
        },
        server_header_transformation="OVERWRITE",
        server_name="pictory-egress",
        local_reply_config=replies,
        access_log=logs,
        http_filters=filters,
        route_config=routes,
        **options,
    )


def health(*, path: str = HEALTH_PATH, needs: Mapping[str, int] | None = None) -> Json:
    """Answers at ``path``: 200; 503 once the sidecar has said to drain, or while a cluster of ``needs`` is unhealthy.

    ``needs`` has the least share of healthy hosts of each cluster, in percent.
    """
    shares = {cluster: {"value": percent} for cluster, percent in (needs or {}).items()}
    condition = {"cluster_min_healthy_percentages": shares} if shares else {}
    return extension(
        "envoy.filters.http.health_check",
        "envoy.extensions.filters.http.health_check.v3.HealthCheck",
        pass_through_mode=False,
        headers=[
            {"name": ":path", "string_match": {"exact": path}},
            {"name": ":method", "string_match": {"exact": "GET"}},
        ],
        **condition,
    )


def _tls() -> Json:
    files = {
        "certificate_chain": {"filename": f"{RUN}/tls.crt"},
        "private_key": {"filename": f"{RUN}/tls.key"},
    }
    return extension(
        "envoy.transport_sockets.tls",
        "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
        common_tls_context={
            "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
            "tls_certificates": [files],
            "alpn_protocols": ["http/1.1"],
        },
    )
