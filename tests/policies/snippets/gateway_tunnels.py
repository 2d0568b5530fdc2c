"""Snippets for the policies of Envoy's tunnels to asset hosts."""

from tests.policies.snippets.envoy_task import HOST, Json, cluster, listener, manager, weakened_by
from tests.policies.snippets.snippet import Snippet


def any_port(envoy: Json) -> None:
    manager(envoy, "connect")["strip_any_host_port"] = True


def any_name_inside(envoy: Json) -> None:
    (chain,) = listener(envoy, f"tunnel_{HOST}")["filter_chains"]
    del chain["filter_chain_match"]["server_names"]


def looked_at_once(envoy: Json) -> None:
    (chain,) = listener(envoy, f"tunnel_{HOST}")["filter_chains"]
    # Without it, Envoy asks when the tunnel opens: nothing has gone through by then.
    del chain["filters"][0]["typed_config"]["enforcement_type"]


def unrecorded(envoy: Json) -> None:
    del listener(envoy, f"tunnel_{HOST}")["access_log"]


def left_open(envoy: Json) -> None:
    del cluster(envoy, f"tunnel_{HOST}")["close_connections_on_host_health_failure"]


SNIPPETS: dict[str, Snippet] = {
    "gateway/envoy_tunnel_hosts": weakened_by(any_port),
    "gateway/envoy_tunnel_tls": weakened_by(any_name_inside),
    "gateway/envoy_tunnel_sizes": weakened_by(looked_at_once),
    "gateway/envoy_tunnel_records": weakened_by(unrecorded),
    "gateway/envoy_tunnel_revocation": weakened_by(left_open),
}
