"""What goes through a tunnel is TLS for the host that it was asked for."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import written
from ._containers import TASK
from ._envoy import Json, bootstraps, messages
from ._tunnels import tunnels


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for _, bootstrap in bootstraps(resource):
        for tunnel in tunnels(bootstrap):
            problems = _problems(tunnel.host, tunnel.end)
            yield from (f"tunnel to {tunnel.host} {problem}" for problem in problems)


def _problems(host: str, end: Json | None) -> Iterator[str]:
    if end is None:
        yield "does not come out at an internal listener, which could look at what goes through"
        return
    if not messages(end.get("listener_filters") or [], "TlsInspector"):
        yield "is not looked at: tls_inspector is missing"
    for chain in end.get("filter_chains") or []:
        match = chain.get("filter_chain_match") or {}
        names = [written(name) for name in match.get("server_names") or []]
        if names != [host] or match.get("transport_protocol") != "tls":
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
