"""Nobody reaches Envoy without TLS."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import bootstraps, listeners, messages

_MODERN = ("TLSv1_2", "TLSv1_3")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for _, bootstrap in bootstraps(resource):
        for listener in listeners(bootstrap):
            if "internal_listener" in listener or "pipe" in (listener.get("address") or {}):
                continue
            chains = [*(listener.get("filter_chains") or []), listener.get("default_filter_chain")]
            for chain in filter(None, chains):
                contexts = messages(chain.get("transport_socket") or {}, "DownstreamTlsContext")
                if not contexts:
                    yield f"listener {listener.get('name')} takes connections without TLS"
                    continue
                parameters = (contexts[0].get("common_tls_context") or {}).get("tls_params") or {}
                if parameters.get("tls_minimum_protocol_version", _MODERN[0]) not in _MODERN:
                    yield f"listener {listener.get('name')} takes TLS below 1.2"


POLICY = Policy(
    number=38,
    title="Envoy's listeners speak TLS 1.2 or later",
    severity=Severity.HIGH,
    practice=Practice.HTTPS,
    types=TASK,
    why="Callers' credentials cross the network between the load balancer and the task.",
    remedy="Give every filter chain a transport_socket with DownstreamTlsContext and TLSv1_2 as the least version.",
    judge=judge,
    owasp=("API8:2023",),
)
