"""A name that resolves to an address inside leads nowhere."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import known
from ._containers import TASK
from ._envoy import Json, bootstraps, clusters, configs, hosts, managers, routes, upstream_filters

_Range = ipaddress.IPv4Network | ipaddress.IPv6Network

REFUSED = tuple(
    ipaddress.ip_network(range_)
    for range_ in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.168.0.0/16", "::1/128", "::ffff:0:0/96", "64:ff9b::/96", "2001::/32", "2002::/16", "fc00::/7",
        "fe80::/10",
    )
)  # fmt: skip
"""Private, shared, loopback, link-local and metadata ranges, and those that tunnel IPv4: NAT64, Teredo, 6to4."""


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for _, bootstrap in bootstraps(resource):
        routed = set(_routed(bootstrap))
        for cluster in clusters(bootstrap):
            if cluster.get("name") in routed and hosts(cluster):
                yield from (f"cluster {cluster.get('name')} {problem}" for problem in _problems(cluster))


def _problems(cluster: Json) -> Iterator[str]:
    denied: list[_Range] = []
    exempt: list[_Range] = []
    for rbac in configs(upstream_filters(cluster), "RBAC"):
        rules = rbac.get("rules") or {}
        if rules.get("action") == "DENY":
            for policy in (rules.get("policies") or {}).values():
                if {"any": True} in (policy.get("principals") or []):
                    denied += _ranges(policy.get("permissions"), within_not=False)
                    exempt += _ranges(policy.get("permissions"), within_not=True)
    missing = [str(range_) for range_ in REFUSED if not _covered(range_, denied)]
    if missing:
        yield f"connects to addresses of {', '.join(missing)}"
    if exempt:
        yield f"connects to addresses of {', '.join(map(str, exempt))}, exempt from its refusal"


def _ranges(value: Any, *, within_not: bool, inside: bool = False) -> list[_Range]:
    """The ranges that upstream address matchers name, those under a ``not_rule`` or those that are not."""
    if isinstance(value, list):
        return [range_ for item in value for range_ in _ranges(item, within_not=within_not, inside=inside)]
    if not isinstance(value, dict):
        return []
    found = []
    upstream = value.get("upstream_ip")
    if isinstance(upstream, dict) and inside == within_not and "upstream_port_range" not in value:
        prefix, length = known([upstream["address_prefix"], upstream.get("prefix_len", 0)], "upstream_ip")
        found.append(ipaddress.ip_network(f"{prefix}/{length}", strict=False))
    for key, inner in value.items():
        found += _ranges(inner, within_not=within_not, inside=inside != (key == "not_rule"))
    return found


def _covered(range_: _Range, denied: list[_Range]) -> bool:
    same_version = [other for other in denied if other.version == range_.version]
    return any(range_.subnet_of(other) for other in ipaddress.collapse_addresses(same_version))  # type: ignore[arg-type,type-var]


def _routed(bootstrap: Json) -> Iterator[str]:
    for manager in managers(bootstrap):
        for _, of_host in routes(manager):
            for route in of_host:
                action = route.get("route") or {}
                yield str(action.get("cluster"))
                weighted = (action.get("weighted_clusters") or {}).get("clusters") or []
                yield from (str(cluster.get("name")) for cluster in weighted)


POLICY = Policy(
    number=34,
    title="Envoy refuses private addresses, whatever a name resolves to",
    severity=Severity.CRITICAL,
    practice=Practice.ADDRESSES,
    types=TASK,
    why="A forged DNS answer would turn the gateway into a way to the metadata service and the company's network.",
    remedy="Add an RBAC filter with action DENY and upstream_ip_port matchers for all ranges that are not public "
    "to the http_filters of the cluster.",
    judge=judge,
    owasp=("API7:2023",),
)
