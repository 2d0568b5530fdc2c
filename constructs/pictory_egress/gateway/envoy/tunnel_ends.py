"""Where a tunnel comes out: what goes through it must be TLS for the host it was asked for, to a public address."""

from typing import Final

from pictory_egress.gateway.envoy.addresses import address_guard
from pictory_egress.gateway.envoy.clusters import endpoint, named_addresses
from pictory_egress.gateway.envoy.listener import connection_manager
from pictory_egress.gateway.envoy.replies import local_replies
from pictory_egress.gateway.envoy.shapes import Json, extension, typed
from pictory_egress.gateway.envoy.tunnel_logs import end_log, failed_log
from pictory_egress.gateway.envoy.tunnel_slots import slots
from pictory_egress.gateway.settings import ConnectSettings, GatewaySettings

CLOSED_CHAIN: Final = "closed"
"""Name of the filter chain of what is no TLS, or TLS for another name."""

EXIT: Final = "tunnel_exit"
"""Name of the internal listener that connects to hosts, and of the cluster that leads to it."""

GRACE_SECONDS: Final = 15
MAX_TUNNELS: Final = 512
"""To one host, at one time, of one task."""
_MEBIBYTE: Final = 1024 * 1024
_REFUSED: Final[Json] = {"match": {"prefix": "/"}, "direct_response": {"status": 403}}


def tunnel_name(host: str) -> str:
    """Of a host's internal listener, and of the cluster that leads to it."""
    return f"tunnel_{host}"


def asset_cluster(host: str) -> str:
    """Name of the cluster that connects to ``host``."""
    return f"asset_{host}"


def tunnel_listeners(*, settings: GatewaySettings, connect: ConnectSettings) -> list[Json]:
    """Listeners within Envoy: one for each host, which only tunnels to that host reach, and the way out of all."""
    return [*(_listener(host, settings, connect) for host in connect.hosts), _exit(settings, connect)]


def tunnel_clusters(*, settings: GatewaySettings, connect: ConnectSettings) -> list[Json]:
    """The ways to the internal listeners, and the way to each host."""
    inwards = [
        _inwards(tunnel_name(host), tunnels=MAX_TUNNELS) | slots(tunnel_name(host)) for host in connect.hosts
    ]
    # What was let in to any host is let out.
    inwards.append(_inwards(EXIT, tunnels=MAX_TUNNELS * len(connect.hosts)))
    return [*inwards, *(_host(host, settings) for host in connect.hosts)]


def _host(host: str, settings: GatewaySettings) -> Json:
    upstream = settings.upstream
    chain = [
        address_guard(allowed_ranges=upstream.allowed_private_ranges),
        extension(
            "envoy.filters.http.upstream_codec",
            "envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec",
        ),
    ]
    return {
        **named_addresses(
            name=asset_cluster(host), host=host, port=upstream.port, resolver=upstream.resolver
        ),
        "circuit_breakers": _at_most(MAX_TUNNELS),
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed(
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                explicit_http_config={"http_protocol_options": {}},
                http_filters=chain,
            )
        },
    }


def _at_most(tunnels: int) -> Json:
    limits = ("max_connections", "max_pending_requests", "max_requests")
    return {"thresholds": [dict.fromkeys(limits, tunnels)]}


def _exit(settings: GatewaySettings, connect: ConnectSettings) -> Json:
    """Connects to the hosts. HTTP once more, since only there Envoy judges the address that it has chosen."""
    manager = connection_manager(
        name="tunnel_exit",
        filters=[
            extension(
                "envoy.filters.http.router",
                "envoy.extensions.filters.http.router.v3.Router",
                suppress_envoy_headers=True,
            )
        ],
        routes={
            "name": "exits",
            "validate_clusters": True,
            "virtual_hosts": [
                {"name": host, "domains": [f"{host}:443"], "routes": [_out(host, connect), _REFUSED]}
                for host in connect.hosts
            ],
        },
        logs=[failed_log(settings=settings)],
        replies=local_replies(),
        # The tunnel's own end counts too, and knows the reason: it is to be first.
        idle_seconds=connect.idle_seconds + GRACE_SECONDS,
        upgrade_configs=[{"upgrade_type": "CONNECT"}],
    )
    return {
        "name": EXIT,
        "internal_listener": {},
        "per_connection_buffer_limit_bytes": 65_536,
        "filter_chains": [{"filters": [manager]}],
    }


def _out(host: str, connect: ConnectSettings) -> Json:
    longest = f"{connect.max_seconds + GRACE_SECONDS}s"
    return {
        "name": host,
        "match": {"connect_matcher": {}},
        "route": {
            "cluster": asset_cluster(host),
            "timeout": "0s",
            "max_stream_duration": {"max_stream_duration": longest},
            # Another address, when one cannot be connected to; nothing has been sent by then.
            "retry_policy": {"retry_on": "connect-failure", "num_retries": 2},
            "upgrade_configs": [{"upgrade_type": "CONNECT", "connect_config": {}}],
        },
    }


def _inwards(name: str, *, tunnels: int) -> Json:
    return {
        "name": name,
        "connect_timeout": "1s",
        "circuit_breakers": _at_most(tunnels),
        "load_assignment": endpoint(name, {"envoy_internal_address": {"server_listener_name": name}}),
        "transport_socket": extension(
            "envoy.transport_sockets.internal_upstream",
            "envoy.extensions.transport_sockets.internal_upstream.v3.InternalUpstreamTransport",
            transport_socket=extension(
                "envoy.transport_sockets.raw_buffer",
                "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer",
            ),
        ),
    }


def _listener(host: str, settings: GatewaySettings, connect: ConnectSettings) -> Json:
    return {
        "name": tunnel_name(host),
        "internal_listener": {},
        "per_connection_buffer_limit_bytes": 65_536,
        "listener_filters_timeout": "10s",
        "listener_filters": [
            extension(
                "envoy.filters.listener.tls_inspector",
                "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector",
            )
        ],
        "filter_chains": [
            {
                "name": host,
                "filter_chain_match": {"server_names": [host], "transport_protocol": "tls"},
                "filters": [
                    _at_most_bytes("upload", of="request", max_bytes=connect.max_upload_mib * _MEBIBYTE),
                    _at_most_bytes("download", of="response", max_bytes=connect.max_download_mib * _MEBIBYTE),
                    _to_exit(host, connect),
                ],
            }
        ],
        "default_filter_chain": {"name": CLOSED_CHAIN, "filters": [_close()]},
        "access_log": [end_log(settings=settings, host=host, closed=CLOSED_CHAIN)],
    }


def _at_most_bytes(name: str, *, of: str, max_bytes: int) -> Json:
    """Closes when more than ``max_bytes`` went the one way; looked at whenever the client sends something.

    ``of`` is "request" for what the client sent, "response" for what it received.
    """
    total = {"select_expr": {"operand": {"ident_expr": {"name": of}}, "field": "total_size"}}
    limit = {"const_expr": {"int64_value": str(max_bytes)}}
    within = {"call_expr": {"function": "_<=_", "args": [total, limit]}}
    return extension(
        name,
        "envoy.extensions.filters.network.rbac.v3.RBAC",
        stat_prefix=name,
        enforcement_type="CONTINUOUS",
        rules={
            "action": "ALLOW",
            "policies": {
                "size": {
                    "permissions": [{"any": True}],
                    "principals": [{"any": True}],
                    "condition": within,
                }
            },
        },
    )


def _to_exit(host: str, connect: ConnectSettings) -> Json:
    return extension(
        "envoy.filters.network.tcp_proxy",
        "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
        stat_prefix="tunnels",
        cluster=EXIT,
        tunneling_config={"hostname": f"{host}:443"},
        idle_timeout=f"{connect.idle_seconds}s",
        max_downstream_connection_duration=f"{connect.max_seconds}s",
    )


def _close() -> Json:
    return extension(
        "close", "envoy.extensions.filters.network.direct_response.v3.Config", response={"inline_string": ""}
    )
