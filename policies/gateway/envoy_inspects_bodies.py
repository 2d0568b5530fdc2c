"""Every body that a route takes is looked into before it leaves."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import (
    Json,
    body_kind,
    bootstraps,
    clusters,
    filter_kind,
    filters,
    hosts,
    managers,
    methods,
    routes,
)

_ASK, _JWT, _ROUTER = "ExtAuthz", "JwtAuthentication", "Router"
_WITHOUT_BODY = {"GET", "HEAD", "DELETE"}
_OCTETS = "application/octet-stream"
_SOMETIMES = ("filter_enabled", "filter_enabled_metadata")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, bootstrap in bootstraps(resource):
        for manager in managers(bootstrap):
            if any(_takes_json(route) for _, route in _routes(manager)):
                yield from (f"container {name} {problem}" for problem in _problems(manager, bootstrap))


def _problems(manager: Json, bootstrap: Json) -> Iterator[str]:
    active = filters(manager)
    kinds = [filter_kind(entry) for entry in active]
    if _ASK not in kinds:
        yield "takes bodies, and looks into none (ext_authz)"
        return
    at = kinds.index(_ASK)
    if _JWT in kinds[at:] or _ROUTER in kinds[:at]:
        yield "looks into bodies before it knows who sends them, or when they have left"
    yield from _weak(active[at].get("typed_config") or {}, bootstrap)
    for place, route in _routes(manager):
        off = (route.get("typed_per_filter_config") or {}).get(str(active[at].get("name"))) or {}
        if _takes_json(route) and off.get("disabled") is True:
            yield f"does not look into bodies of {place}"
    for host in (manager.get("route_config") or {}).get("virtual_hosts") or []:
        if str(active[at].get("name")) in (host.get("typed_per_filter_config") or {}):
            yield f"looks into bodies otherwise in virtual host {host.get('name')}"


def _weak(check: Json, bootstrap: Json) -> Iterator[str]:
    body = check.get("with_request_body") or {}
    if not body.get("max_request_bytes"):
        yield "asks without the body (with_request_body)"
    elif check.get("http_service") and body.get("pack_as_bytes") is not True:
        yield "has a mended copy of the body looked into, not the one that leaves (pack_as_bytes)"
    if check.get("failure_mode_allow") is True:
        yield "lets bodies pass when they cannot be looked into (failure_mode_allow)"
    yield from (f"looks into bodies at times only ({key})" for key in _SOMETIMES if check.get(key))
    name = ((check.get("http_service") or {}).get("server_uri") or {}).get("cluster")
    name = name or ((check.get("grpc_service") or {}).get("envoy_grpc") or {}).get("cluster_name")
    asked = [cluster for cluster in clusters(bootstrap) if cluster.get("name") == name]
    if not asked or any(hosts(cluster) for cluster in asked):
        yield f"shows bodies to {name}, which is not a socket of the task"


def _routes(manager: Json) -> Iterator[tuple[str, Json]]:
    for _, of_host in routes(manager):
        for number, route in enumerate(of_host):
            facts = ((route.get("metadata") or {}).get("filter_metadata") or {}).get("egress") or {}
            yield str(facts.get("operation") or f"route {number}"), route


def _takes_json(route: Json) -> bool:
    """Whether a call of this route may have a body that is not refused or opaque."""
    match = route.get("match") or {}
    if not route.get("route") or "connect_matcher" in match:
        return False
    return body_kind(route) != _OCTETS and not methods(route) & _WITHOUT_BODY


POLICY = Policy(
    number=123,
    title="Envoy has every JSON body inspected, as it leaves, by a container of its own task",
    severity=Severity.CRITICAL,
    practice=Practice.LEAST_PRIVILEGE,
    types=TASK,
    why="An allowed call can still carry data out: to a webhook, a bucket, or in the URL of a picture to be fetched.",
    remedy="Put ext_authz with with_request_body and pack_as_bytes between jwt_authn and the router; turn it off only "
    "on routes of GET and DELETE, or whose metadata says that the body is no JSON.",
    judge=judge,
    owasp=("API6:2023", "API7:2023"),
)
