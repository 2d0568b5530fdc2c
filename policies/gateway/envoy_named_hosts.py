"""The gateway connects to hosts that its configuration names, each by strict DNS."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import bootstraps, clusters

_STRICT = "DnsCluster"
_FIXED = (None, "STATIC", "STRICT_DNS")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for _, bootstrap in bootstraps(resource):
        for cluster in clusters(bootstrap):
            config = (cluster.get("cluster_type") or {}).get("typed_config") or {}
            kind = str(config.get("@type", "")).rpartition(".")[2] or None
            if kind not in (None, _STRICT) or cluster.get("type") not in _FIXED:
                yield f"cluster {cluster.get('name')} is {kind or cluster.get('type')}: it connects where a call says"
            elif kind == _STRICT and config.get("all_addresses_in_single_endpoint") is True:
                yield f"cluster {cluster.get('name')} takes all addresses of a name as one, and checks the first only"


POLICY = Policy(
    number=37,
    title="Envoy connects to named hosts by strict DNS only",
    severity=Severity.HIGH,
    practice=Practice.ADDRESSES,
    types=TASK,
    why="With a dynamic forward proxy or one endpoint for many addresses, Envoy reached a private address that stood "
    "second in a DNS answer.",
    remedy="Use envoy.clusters.dns without all_addresses_in_single_endpoint, one cluster a host.",
    judge=judge,
    owasp=("API7:2023",),
)
