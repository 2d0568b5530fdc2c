"""How much went through a tunnel, and whose, is written down."""

import re
from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import Json, bootstraps, clusters, configs, filter_kind
from ._tunnels import Tunnel, internal_addresses, passed, tunnels

_TRANSPORT = "InternalUpstreamTransport"
_HANDED_ON = ("ONCE", "TRANSITIVE")
_STATE = re.compile(r"%FILTER_STATE\(([^:)]+)")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for _, bootstrap in bootstraps(resource):
        for tunnel in tunnels(bootstrap):
            if tunnel.end is not None:  # else policy 59 says so
                yield from (f"tunnel to {tunnel.host} {problem}" for problem in _problems(tunnel, tunnel.end))
        for cluster in clusters(bootstrap):
            socket = cluster.get("transport_socket") or {}
            if list(internal_addresses(cluster)) and filter_kind(socket) != _TRANSPORT:
                yield f"cluster {cluster.get('name')} does not hand on whose a tunnel is (internal_upstream)"


def _problems(tunnel: Tunnel, end: Json) -> Iterator[str]:
    if not end.get("access_log"):
        yield "keeps no record of what went through (access_log)"
    states = [
        state
        for config in configs(passed(tunnel), "Config")
        for state in config.get("on_request_headers") or []
    ]
    handed_on = {
        state.get("object_key") for state in states if state.get("shared_with_upstream") in _HANDED_ON
    }
    for key in sorted(set(_STATE.findall(str(end.get("access_log")))) - handed_on):
        yield f"writes down {key}, which nothing hands on (set_filter_state, shared_with_upstream)"


POLICY = Policy(
    number=131,
    title="Envoy logs how much went through each tunnel, and whose it is",
    severity=Severity.MEDIUM,
    practice=Practice.MONITORING,
    types=TASK,
    why="The call that opens a tunnel says nothing of what leaves by it: alarms on uploads read the log of its end.",
    remedy="Give the internal listener an access_log, and the cluster that leads to it the transport socket "
    "internal_upstream, which hands the client's name on.",
    judge=judge,
)
