"""A credential of the gateway's own can be taken back before it ends."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import Json, bootstraps, filter_kind, filters, own_issuers, public_managers

_JWT, _ROUTER = "JwtAuthentication", "Router"


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, bootstrap in bootstraps(resource):
        for manager in public_managers(bootstrap):
            yield from (f"container {name} {problem}" for problem in _problems(manager, bootstrap))


def _problems(manager: Json, bootstrap: Json) -> Iterator[str]:
    active = filters(manager)
    kinds = [filter_kind(entry) for entry in active]
    own = own_issuers(manager, bootstrap)
    if not own:
        return
    after = active[kinds.index(_JWT) + 1 :]
    watched = [entry for entry in after if _is_watched_rbac(entry)]
    if not watched:
        yield f"takes every credential of {', '.join(own)} to its end: nothing looks whether it was taken back"
    elif _ROUTER in [filter_kind(entry) for entry in after[: after.index(watched[0])]]:
        yield f"looks whether a credential of {', '.join(own)} was taken back when the call has left"
    for entry in watched:
        if (entry["config_discovery"]).get("apply_default_config_without_warming") is True:
            yield "takes calls before it has read which credentials count (apply_default_config_without_warming)"


def _is_watched_rbac(entry: Json) -> bool:
    """Whether a filter is an RBAC filter that Envoy reads anew from a file whenever that changes."""
    discovery = entry.get("config_discovery") or {}
    kinds = [str(url).rpartition(".")[2] for url in discovery.get("type_urls") or []]
    source = (discovery.get("config_source") or {}).get("path_config_source") or {}
    return kinds == ["RBAC"] and bool(source.get("path"))


POLICY = Policy(
    number=124,
    title="Envoy refuses credentials of the gateway's own that were taken back",
    severity=Severity.HIGH,
    practice=Practice.ROTATION,
    types=TASK,
    why="A leaked credential is good until it ends, for months, unless every call asks whether it still counts.",
    remedy="Put an RBAC filter by config_discovery, from a file that the sidecar writes, between jwt_authn and router.",
    judge=judge,
    owasp=("API2:2023",),
)
