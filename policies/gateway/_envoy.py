"""What policies ask of Envoy's configuration."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..stack.resource import Resource
from ..stack.values import written
from ._containers import containers
from ._envoy_source import envoys

Json = Mapping[str, Any]


def bootstraps(resource: Resource) -> list[tuple[str, Json]]:
    """Each Envoy of the task with its configuration.

    Raises
    ------
    NotKnownError
        An Envoy's configuration comes from elsewhere, cannot be read, or is not known before the stack is applied.
    """
    return _found(resource)


@lru_cache(maxsize=64)
def _found(resource: Resource) -> list[tuple[str, Json]]:
    return envoys(containers(resource))


def messages(value: Any, kind: str) -> list[Json]:
    """Every typed message of ``kind`` (the last part of its ``@type``) in ``value``, at any depth, outermost first."""
    return _by_kind(_Same(value)).get(kind, [])


@dataclass(frozen=True, eq=False)
class _Same:
    """A value as a key that is equal to the very same value only."""

    value: Any

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.value is other.value


@lru_cache(maxsize=64)
def _by_kind(of: _Same) -> Mapping[str, list[Json]]:
    """All typed messages by kind: some thirty policies ask the same configuration, which takes a walk each."""
    found: dict[str, list[Json]] = {}
    pending = [of.value]
    while pending:
        value = pending.pop()
        if type(value) is dict:
            if "@type" in value:
                found.setdefault(str(value["@type"]).rpartition(".")[2], []).append(value)
            pending.extend(reversed(value.values()))
        elif type(value) is list:
            pending.extend(reversed(value))
    return found


def clusters(bootstrap: Json) -> list[Json]:
    """The clusters: where Envoy connects to."""
    found: list[Json] = (bootstrap.get("static_resources") or {}).get("clusters") or []
    return found


def listeners(bootstrap: Json) -> list[Json]:
    """The listeners: where callers connect to."""
    found: list[Json] = (bootstrap.get("static_resources") or {}).get("listeners") or []
    return found


def managers(bootstrap: Json) -> list[Json]:
    """The HTTP connection managers of all listeners."""
    return messages(listeners(bootstrap), "HttpConnectionManager")


def is_internal(listener: Json) -> bool:
    """Whether Envoy alone connects to a listener: what does has passed another one."""
    return "internal_listener" in listener


def public_managers(bootstrap: Json) -> list[Json]:
    """The HTTP connection managers that callers reach."""
    outside = [listener for listener in listeners(bootstrap) if not is_internal(listener)]
    return [manager for listener in outside for manager in messages(listener, "HttpConnectionManager")]


def opens_tunnel(route: Json) -> bool:
    """Whether a route carries CONNECT on, as bytes that nobody reads."""
    upgrades = (route.get("route") or {}).get("upgrade_configs") or []
    return any("connect_config" in upgrade for upgrade in upgrades)


def methods(route: Json) -> set[str]:
    """The methods that a route is for; none when it takes every one, or every one but some."""
    return {
        str(header["string_match"]["exact"])
        for header in (route.get("match") or {}).get("headers") or []
        if header.get("name") == ":method"
        and header.get("invert_match") is not True
        and (header.get("string_match") or {}).get("exact")
    }


def body_kind(route: Json) -> str:
    """What the metadata of a route says that its body is, where it is no JSON; else empty."""
    metadata = (route.get("metadata") or {}).get("filter_metadata") or {}
    return next((str(values["body"]) for values in metadata.values() if values.get("body")), "")


def leads_on(manager: Json) -> bool:
    """Whether a call, rather than a tunnel, can get further than this connection manager."""
    return any(
        route.get("route") and not opens_tunnel(route) for _, of_host in routes(manager) for route in of_host
    )


def tunnelled(bootstrap: Json) -> set[str]:
    """Names of the clusters that tunnels alone lead to, which carry a TLS of the caller's own."""
    open_: set[str] = set()
    closed: set[str] = set()
    for manager in managers(bootstrap):
        for _, of_host in routes(manager):
            for route in of_host:
                (open_ if opens_tunnel(route) else closed).add(str((route.get("route") or {}).get("cluster")))
    return open_ - closed


def filter_kind(http_filter: Json) -> str:
    """Last part of the type of one HTTP filter, such as ``JwtAuthentication``."""
    return str((http_filter.get("typed_config") or {}).get("@type", "")).rpartition(".")[2]


def filters(manager: Json) -> list[Json]:
    """The HTTP filters of a connection manager that are on, in their order."""
    return [entry for entry in manager.get("http_filters") or [] if entry.get("disabled") is not True]


def upstream_filters(cluster: Json) -> list[Json]:
    """The HTTP filters of a cluster that are on: between the choice of an address and the call."""
    options = (cluster.get("typed_extension_protocol_options") or {}).values()
    return [entry for option in options for entry in filters(option)]


def configs(of: list[Json], kind: str) -> list[Json]:
    """The configurations of the filters of ``kind``."""
    return [entry["typed_config"] for entry in of if filter_kind(entry) == kind]


def hosts(cluster: Json) -> list[str]:
    """The addresses and names that a cluster connects to over the network; sockets of the task are none."""
    found = []
    for locality in (cluster.get("load_assignment") or {}).get("endpoints") or []:
        for endpoint in locality.get("lb_endpoints") or []:
            address = ((endpoint.get("endpoint") or {}).get("address") or {}).get("socket_address")
            if address and address.get("address") not in ("127.0.0.1", "::1"):
                found.append(written(address.get("address")))
    return found


def own_issuers(manager: Json, bootstrap: Json) -> list[str]:
    """Providers whose keys come from within the task: no issuer of the company's can take those tokens back."""
    outside = {str(cluster.get("name")) for cluster in clusters(bootstrap) if hosts(cluster)}
    return [
        str(name)
        for config in configs(filters(manager), "JwtAuthentication")
        for name, provider in (config.get("providers") or {}).items()
        if ((provider.get("remote_jwks") or {}).get("http_uri") or {}).get("cluster") not in outside
    ]


def is_dynamic(bootstrap: Json) -> list[str]:
    """What of the configuration is fetched while Envoy runs, and so cannot be judged here."""
    dynamic = bootstrap.get("dynamic_resources") or {}
    return sorted(dynamic)


def routes(manager: Json) -> Iterator[tuple[str, list[Json]]]:
    """Each virtual host of a connection manager with its routes; with a matcher, each list of routes in it."""
    for host in (manager.get("route_config") or {}).get("virtual_hosts") or []:
        name, matcher = str(host.get("name", "?")), host.get("matcher")
        if matcher is None:
            yield name, host.get("routes") or []
            continue
        for found in messages(matcher, "RouteList"):
            yield name, found.get("routes") or []
        for route in messages(matcher, "Route"):
            yield name, [route]
