"""The gateway proves to itself whom it hands the Pictory key to."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import written
from ._containers import TASK
from ._envoy import Json, bootstraps, clusters, hosts, messages, tunnelled

_OLD = ("TLSv1_0", "TLSv1_1", "TLS_AUTO", None)


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for _, bootstrap in bootstraps(resource):
        tunnels = tunnelled(bootstrap)
        for cluster in clusters(bootstrap):
            if cluster.get("name") in tunnels:
                continue  # policy 59 asks for the caller's TLS
            for problem in _problems(cluster):
                yield f"cluster {cluster.get('name')} {problem}"


def _problems(cluster: Json) -> Iterator[str]:
    names = hosts(cluster)
    if not names:
        return
    contexts = messages(cluster.get("transport_socket") or {}, "UpstreamTlsContext")
    if not contexts or cluster.get("transport_socket_matches"):
        yield f"connects to {', '.join(names)} without TLS"
        return
    common = contexts[0].get("common_tls_context") or {}
    validation = common.get("validation_context") or {}
    if not validation.get("trusted_ca"):
        yield "trusts any certificate authority: trusted_ca is missing"
    if validation.get("trust_chain_verification") == "ACCEPT_UNTRUSTED":
        yield "accepts certificates that it cannot verify"
    exact = {
        written((san.get("matcher") or {}).get("exact"))
        for san in validation.get("match_typed_subject_alt_names") or []
        if san.get("san_type") == "DNS"
    }
    if exact != set(names):
        yield f"takes certificates of other names than {', '.join(names)}"
    asked = written(contexts[0].get("sni") or "no name")
    if asked not in names:
        yield f"asks for the certificate of {asked}"
    if (common.get("tls_params") or {}).get("tls_minimum_protocol_version") in _OLD:
        yield "takes TLS below 1.2"


POLICY = Policy(
    number=31,
    title="Envoy verifies the certificate and the exact name of every upstream",
    severity=Severity.CRITICAL,
    practice=Practice.HTTPS,
    types=TASK,
    why="Envoy verifies nothing unless told to: whoever answers on the way to Pictory would be handed its key.",
    remedy="Give the cluster's UpstreamTlsContext sni, trusted_ca, a match_typed_subject_alt_names of san_type DNS "
    "with the exact host, and tls_minimum_protocol_version TLSv1_2.",
    judge=judge,
    owasp=("API8:2023", "API10:2023"),
)
