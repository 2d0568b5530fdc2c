"""What one caller sends has an end, in size and in number."""

from collections.abc import Iterator
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import (
    Json,
    bootstraps,
    clusters,
    configs,
    filters,
    leads_on,
    listeners,
    managers,
    messages,
    opens_tunnel,
    routes,
)

_MOST_HEADERS, _MOST_HEADER_KB = 100, 96
_MOST_BODY = 32 * 1024 * 1024
_MOST_BUFFER = 1024 * 1024
_MOST_CONNECTIONS = 100_000


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, bootstrap in bootstraps(resource):
        for problem in [*_of_process(bootstrap), *(p for m in managers(bootstrap) for p in _of_manager(m))]:
            yield f"container {name} {problem}"


def _of_process(bootstrap: Json) -> Iterator[str]:
    monitors = (bootstrap.get("overload_manager") or {}).get("resource_monitors") or []
    if not any("FixedHeapConfig" in str(monitor) for monitor in monitors):
        yield "uses memory without limit (overload_manager, fixed_heap)"
    if "max_active_downstream_connections" not in str(monitors):
        yield "takes connections without limit (overload_manager, downstream_connections)"
    if not (bootstrap.get("overload_manager") or {}).get("actions"):
        yield "does nothing when its memory runs out (overload_manager.actions)"
    for listener in listeners(bootstrap):
        if int(listener.get("per_connection_buffer_limit_bytes", 0)) > _MOST_BUFFER:
            yield "buffers more than a connection needs (per_connection_buffer_limit_bytes)"
    for cluster in clusters(bootstrap):
        for threshold in (cluster.get("circuit_breakers") or {}).get("thresholds") or []:
            most = [
                value for key, value in threshold.items() if key.startswith("max_") and isinstance(value, int)
            ]
            if any(value > _MOST_CONNECTIONS for value in most):
                yield f"opens connections to {cluster.get('name')} without limit (circuit_breakers)"


def _of_manager(manager: Json) -> Iterator[str]:
    common: Any = manager.get("common_http_protocol_options") or {}
    if int(common.get("max_headers_count", _MOST_HEADERS)) > _MOST_HEADERS:
        yield "takes any number of headers (max_headers_count)"
    if int(manager.get("max_request_headers_kb", 60)) > _MOST_HEADER_KB:
        yield "takes headers of any size (max_request_headers_kb)"
    if str(manager.get("request_timeout", "0s")) in ("0s", "0"):
        yield "waits for a request without end (request_timeout)"
    if (manager.get("http_protocol_options") or {}).get("accept_http_10") is True and not _only_tunnels(
        manager
    ):
        yield "takes HTTP/1.0, whose requests have no host (accept_http_10)"
    buffers = configs(filters(manager), "Buffer")
    sizes = [
        *buffers,
        *(s.get("buffer") or {} for s in messages(manager.get("route_config") or {}, "BufferPerRoute")),
    ]
    sizes += [
        check.get("with_request_body") or {}
        for check in messages(manager.get("http_filters") or [], "ExtAuthz")
    ]
    if not buffers and leads_on(manager):
        yield "takes bodies of any size (the buffer filter)"
    if any(int(size.get("max_request_bytes", 0)) > _MOST_BODY for size in sizes):
        yield "takes bodies of more than 32 MiB (max_request_bytes)"
    for _, of_host in routes(manager):
        if any(_is_endless(route) for route in of_host):
            yield "waits for Pictory without end (a route's timeout)"


def _is_endless(route: Json) -> bool:
    action: Any = route.get("route") or {}
    longest = action.get("timeout", "15s")
    if opens_tunnel(route):
        longest = (action.get("max_stream_duration") or {}).get("max_stream_duration", "0s")
    return str(longest) in ("0s", "0")


def _only_tunnels(manager: Json) -> bool:
    """Whether nothing but CONNECT leads on: its target names the host, in every version of HTTP."""
    leading = [route for _, of_host in routes(manager) for route in of_host if route.get("route")]
    return bool(leading) and all(opens_tunnel(route) for route in leading)


POLICY = Policy(
    number=116,
    title="Envoy limits headers, bodies, connections, memory and time",
    severity=Severity.MEDIUM,
    practice=Practice.LEAST_PRIVILEGE,
    types=TASK,
    why="One caller who sends without end would take the gateway from all others.",
    remedy="Set max_headers_count, max_request_headers_kb, request_timeout and a buffer filter; an "
    "overload_manager with fixed_heap and an action; a timeout on each route.",
    judge=judge,
    owasp=("API4:2023",),
)
