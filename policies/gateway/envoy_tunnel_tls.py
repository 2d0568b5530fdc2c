"""What goes through a tunnel is TLS for the host that it was asked for."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import Json, bootstraps, clusters, is_internal, listeners, messages, opens_tunnel


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for _, bootstrap in bootstraps(resource):
        inside = {str(one.get("name")): one for one in listeners(bootstrap) if is_internal(one)}
        outside = [one for one in listeners(bootstrap) if not is_internal(one)]
        for manager in messages(outside, "HttpConnectionManager"):
            for host in (manager.get("route_config") or {}).get("virtual_hosts") or []:
                for route in filter(opens_tunnel, host.get("routes") or []):
                    name = str((host.get("domains") or ["?"])[0]).removesuffix(":443")
                    yield from (
                        f"tunnel to {name} {problem}"
                        for problem in _problems(name, _end(route, bootstrap, inside))
                    )


def _end(route: Json, bootstrap: Json, inside: dict[str, Json]) -> Json | None:
    """The internal listener that a tunnel comes out at."""
    wanted = (route.get("route") or {}).get("cluster")
    for cluster in clusters(bootstrap):
        if cluster.get("name") == wanted:
            for address in _internal_addresses(cluster):
                return inside.get(address)
    return None


def _internal_addresses(cluster: Json) -> Iterator[str]:
    for locality in (cluster.get("load_assignment") or {}).get("endpoints") or []:
        for endpoint in locality.get("lb_endpoints") or []:
            address = (endpoint.get("endpoint") or {}).get("address") or {}
            if internal := address.get("envoy_internal_address"):
                yield str(internal.get("server_listener_name"))


def _problems(host: str, end: Json | None) -> Iterator[str]:
    if end is None:
        yield "does not come out at an internal listener, which could look at what goes through"
        return
    if not messages(end.get("listener_filters") or [], "TlsInspector"):
        yield "is not looked at: tls_inspector is missing"
    for chain in end.get("filter_chains") or []:
        match = chain.get("filter_chain_match") or {}
        if match.get("server_names") != [host] or match.get("transport_protocol") != "tls":
            yield "takes what is no TLS for it"
    if messages(end.get("default_filter_chain") or {}, "TcpProxy"):
        yield "passes on what is no TLS for it, by the default filter chain"


POLICY = Policy(
    number=59,
    title="What goes through Envoy's tunnels is TLS for the host asked for",
    severity=Severity.HIGH,
    practice=Practice.HTTPS,
    types=TASK,
    why="Content networks serve many tenants at one address: without a look at the name, a tunnel reaches all of them.",
    remedy="Lead each tunnel to an internal listener with tls_inspector and one filter chain, for server_names [host] "
    "and transport_protocol tls.",
    judge=judge,
    owasp=("API7:2023", "API8:2023"),
)
