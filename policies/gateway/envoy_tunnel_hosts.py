"""A tunnel leads to one host that its route names."""

import re
from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import known
from ._containers import TASK
from ._envoy import Json, bootstraps, managers, opens_tunnel

_TARGET = re.compile(r"(?=.{4,253}:443$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}:443")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, bootstrap in bootstraps(resource):
        for manager in managers(bootstrap):
            yield from (f"container {name} {problem}" for problem in _problems(manager))


def _problems(manager: Json) -> Iterator[str]:
    for host in (manager.get("route_config") or {}).get("virtual_hosts") or []:
        tunnels = [route for route in host.get("routes") or [] if opens_tunnel(route)]
        if not tunnels:
            continue
        for domain in known(host.get("domains") or [], f"domains of {host.get('name')}"):
            if not _TARGET.fullmatch(str(domain)):
                yield f"opens tunnels to {domain}, which is no single host at port 443"
        if len(host.get("domains") or []) != 1:
            yield f"takes tunnels to several hosts for one ({host.get('name')})"
        for field in ("strip_any_host_port", "strip_matching_host_port"):
            if manager.get(field) is True:
                yield f"opens tunnels to any port ({field})"
        if any(not (route.get("route") or {}).get("cluster") for route in tunnels):
            yield f"chooses where a tunnel leads while it runs ({host.get('name')})"


POLICY = Policy(
    number=58,
    title="Envoy opens tunnels to exact hosts at port 443 only",
    severity=Severity.CRITICAL,
    practice=Practice.ADDRESSES,
    types=TASK,
    why="CONNECT to a host or a port of the caller's choice is an open way out of the network.",
    remedy='Give each host a virtual host with the one domain "<host>:443" and a cluster of its own; leave ports on.',
    judge=judge,
    owasp=("API7:2023",),
)
