"""Where connections go: Pictory, issuers of tokens, and the sidecar beside us."""

from typing import Final, Literal

from pictory_egress.gateway.envoy.addresses import address_guard
from pictory_egress.gateway.envoy.credential import credential_filters
from pictory_egress.gateway.envoy.headers import header_allow_list
from pictory_egress.gateway.envoy.identity import SIDECAR_CLUSTER, issuer_cluster, jwks_host
from pictory_egress.gateway.envoy.inspection import INSPECTION_TIMEOUT, INSPECTOR_CLUSTER, INSPECTOR_SOCKETS
from pictory_egress.gateway.envoy.routes import PICTORY_CLUSTER
from pictory_egress.gateway.envoy.shapes import RUN, TRUSTED_CA, Json, extension, typed
from pictory_egress.gateway.settings import GatewaySettings, OidcIssuer

VPC_RESOLVER: Final = "169.254.169.253:53"
"""Amazon's resolver, at the address that is the same in every VPC."""

_CodecOptions: Final = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def pictory(*, settings: GatewaySettings, mode: Literal["api-key", "oauth"]) -> Json:
    """The one cluster that may carry Pictory's credential."""
    upstream = settings.upstream
    chain = [
        header_allow_list(),
        *credential_filters(mode=mode),
        address_guard(allowed_ranges=upstream.allowed_private_ranges),
        extension(
            "envoy.filters.http.upstream_codec",
            "envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec",
        ),
    ]
    return {
        **_named_host(
            name=PICTORY_CLUSTER, host=upstream.host, port=upstream.port, resolver=upstream.resolver
        ),
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed(
                _CodecOptions,
                explicit_http_config={"http_protocol_options": {}},
                # Shorter than what the far side keeps, so that no call meets a connection that is being closed.
                common_http_protocol_options={"idle_timeout": "50s", "max_headers_count": 128},
                http_filters=chain,
            )
        },
        "circuit_breakers": {
            "thresholds": [
                {
                    "max_connections": 512,
                    "max_pending_requests": 256,
                    "max_requests": 1024,
                    # While a new key is taken over, every read in that second waits to be tried again. What a Pictory
                    # that fails gets on top is bounded by the one retry that a read has.
                    "retry_budget": {"budget_percent": {"value": 20}, "min_retry_concurrency": 256},
                }
            ]
        },
        # Only what happens on the way counts against an address: Pictory's own errors are answers.
        "outlier_detection": {
            "split_external_local_origin_errors": True,
            "consecutive_local_origin_failure": 5,
            "enforcing_consecutive_local_origin_failure": 100,
            "enforcing_consecutive_5xx": 0,
            "enforcing_consecutive_gateway_failure": 0,
            "enforcing_success_rate": 0,
            "enforcing_local_origin_success_rate": 0,
            "base_ejection_time": "10s",
            "max_ejection_percent": 50,
        },
    }


def issuer(*, settings: GatewaySettings, of: OidcIssuer) -> Json:
    """The cluster that an issuer's public keys are read from."""
    host, port = jwks_host(of)
    return _named_host(name=issuer_cluster(of), host=host, port=port, resolver=settings.upstream.resolver)


def sidecar() -> Json:
    """The sidecar's socket: it has the public key of the built-in issuer."""
    return {
        "name": SIDECAR_CLUSTER,
        "connect_timeout": "1s",
        "load_assignment": endpoint(SIDECAR_CLUSTER, {"pipe": {"path": f"{RUN}/sidecar.sock"}}),
    }


def inspector() -> Json:
    """The inspectors' sockets: the one with the least to do is asked, and those that answer no health check are not.

    Envoy's panic mode stays on: with no inspector known to be healthy it tries them all, so that one that has just been
    started again is used at once. A body that cannot be inspected is refused either way.
    """
    endpoints = [
        {"endpoint": {"address": {"pipe": {"path": f"{RUN}/{name}"}}}} for name in INSPECTOR_SOCKETS.values()
    ]
    return {
        "name": INSPECTOR_CLUSTER,
        "connect_timeout": "1s",
        "lb_policy": "LEAST_REQUEST",
        "load_assignment": {"cluster_name": INSPECTOR_CLUSTER, "endpoints": [{"lb_endpoints": endpoints}]},
        # By default Envoy collects changes of health for a second before its threads see them: meanwhile they would use
        # an inspector that has died, and not the one that is back.
        "common_lb_config": {"update_merge_window": "0s"},
        "health_checks": [
            {
                # A worker reads one body at a time: it may be silent for as long as a call would wait for it.
                "timeout": INSPECTION_TIMEOUT,
                "interval": "1s",
                "unhealthy_interval": "0.25s",
                "no_traffic_interval": "1s",
                "no_traffic_healthy_interval": "1s",
                "healthy_threshold": 1,
                "unhealthy_threshold": 2,
                "http_health_check": {"path": "/health", "host": "inspector"},
            }
        ],
        "circuit_breakers": {
            "thresholds": [
                {
                    "max_connections": 128,
                    "max_pending_requests": 256,
                    "max_requests": 384,
                    # All that a dead inspector had under way is retried at once.
                    "max_retries": 384,
                }
            ]
        },
    }


def _named_host(*, name: str, host: str, port: int, resolver: str) -> Json:
    """A host over TLS, by every address that its name has; each is checked and used on its own."""
    return {
        **named_addresses(name=name, host=host, port=port, resolver=resolver),
        "transport_socket": extension(
            "envoy.transport_sockets.tls",
            "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            sni=host,
            common_tls_context={
                "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
                "validation_context": {
                    "trusted_ca": {"filename": TRUSTED_CA},
                    "match_typed_subject_alt_names": [{"san_type": "DNS", "matcher": {"exact": host}}],
                },
            },
        ),
    }


def named_addresses(*, name: str, host: str, port: int, resolver: str) -> Json:
    """A host by every address that its name has, each an endpoint of its own, as plain TCP."""
    address, _, dns_port = (resolver or VPC_RESOLVER).partition(":")
    dns = extension(
        "envoy.network.dns_resolver.cares",
        "envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig",
        resolvers=[{"socket_address": {"address": address, "port_value": int(dns_port)}}],
        dns_resolver_options={"no_default_search_domain": True},
        # A server that is silent holds up a task's start for as long as this takes: c-ares' own way is over a minute.
        query_timeout_seconds=2,
        query_tries=2,
    )
    return {
        "name": name,
        "connect_timeout": "5s",
        "cluster_type": extension(
            "envoy.clusters.dns",
            "envoy.extensions.clusters.dns.v3.DnsCluster",
            # The way out is a NAT gateway of IPv4, whose address Pictory is told; the guard is of IPv6 all the same.
            dns_lookup_family="V4_ONLY",
            dns_refresh_rate="5s",
            dns_failure_refresh_rate={"base_interval": "1s", "max_interval": "5s"},
            typed_dns_resolver_config=dns,
        ),
        "load_assignment": endpoint(name, {"socket_address": {"address": host, "port_value": port}}),
    }


def endpoint(name: str, address: Json) -> Json:
    """The load assignment of a cluster with one address or name."""
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}]}
