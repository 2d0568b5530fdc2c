"""Tunnels: from the route that opens one, through a cluster within Envoy, to the listener that it comes out at."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..stack.values import written
from ._envoy import Json, clusters, filters, is_internal, listeners, opens_tunnel, public_managers


@dataclass(frozen=True)
class Tunnel:
    """To ``host``, asked for at ``manager`` by ``route``.

    ``way`` is the cluster that leads to ``end``, an internal listener; None where there is none.
    """

    host: str
    manager: Json
    route: Json
    way: Json | None
    end: Json | None


def tunnels(bootstrap: Json) -> Iterator[Tunnel]:
    """Every tunnel that callers can ask for."""
    inside = {str(one.get("name")): one for one in listeners(bootstrap) if is_internal(one)}
    ways = {cluster.get("name"): cluster for cluster in clusters(bootstrap)}
    for manager in public_managers(bootstrap):
        for host in (manager.get("route_config") or {}).get("virtual_hosts") or []:
            for route in filter(opens_tunnel, host.get("routes") or []):
                way = ways.get((route.get("route") or {}).get("cluster"))
                end = next((inside.get(name) for name in internal_addresses(way or {})), None)
                name = written((host.get("domains") or ["?"])[0]).removesuffix(":443")
                yield Tunnel(name, manager, route, way, end)


def internal_addresses(cluster: Json) -> Iterator[str]:
    """Names of the internal listeners that a cluster leads to."""
    for endpoint in endpoints(cluster):
        address = (endpoint.get("endpoint") or {}).get("address") or {}
        if internal := address.get("envoy_internal_address"):
            yield str(internal.get("server_listener_name"))


def passed(tunnel: Tunnel) -> list[Json]:
    """The HTTP filters that a request for the tunnel goes through, in their order."""
    own = tunnel.route.get("typed_per_filter_config") or {}
    return [
        entry
        for entry in filters(tunnel.manager)
        if (own.get(entry.get("name")) or {}).get("disabled") is not True
    ]


def endpoints(cluster: Json) -> Iterator[Json]:
    """The endpoints of a cluster."""
    for locality in (cluster.get("load_assignment") or {}).get("endpoints") or []:
        yield from locality.get("lb_endpoints") or []
