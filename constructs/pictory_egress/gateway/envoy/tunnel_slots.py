"""What ends an open tunnel when its credential is taken back.

Envoy asks for a credential once, when a tunnel is opened. So the way into each tunnel has a few slots, endpoints that
lead to one and the same listener, and a tunnel takes the slot of its credential. The sidecar is asked for the health of
each. When a credential is revoked it calls that slot unwell for some seconds, and Envoy closes what hangs on it.
"""

from typing import Final

from pictory_egress.gateway.envoy.registered import CREDENTIAL_STATE
from pictory_egress.gateway.envoy.shapes import RUN, Json, extension

SLOTS: Final = {"0-3": "0123", "4-7": "4567", "8-b": "89ab", "c-f": "cdef"}
"""Slots by name, with the last digits of the credential ids that are theirs."""
OTHERS: Final = "others"
"""Slot of the callers that issuers of the company's vouch for: their credentials are in no register."""
SLOTS_PAGE: Final = "/tunnels"
"""The sidecar's, asked with a slot as host: 200, or 503 while what hangs on it is to be closed."""

_NO_CREDENTIAL: Final = "-/-/-"
_HEADER: Final = "x-pictory-egress-slot"
_KEY: Final = "slot"
_SECONDS: Final = 2
_SILENT: Final = 150


def slot_of_credential() -> list[Json]:
    """Filters that choose the slot. A header carries the credential's name to the second; a caller's own is removed."""
    name = {"key": _HEADER, "value": f"%FILTER_STATE({CREDENTIAL_STATE}:PLAIN)%"}
    return [
        extension(
            "credential_to_header",
            "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
            mutations={
                "request_mutations": [
                    {"remove": _HEADER},
                    {"append": {"header": name, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}},
                ]
            },
        ),
        extension(
            "slot",
            "envoy.extensions.filters.http.header_to_metadata.v3.Config",
            request_rules=[
                {
                    "header": _HEADER,
                    "on_header_present": {
                        # Where Envoy reads what an endpoint has to be like.
                        "metadata_namespace": "envoy.lb",
                        "key": _KEY,
                        "type": "STRING",
                        "regex_value_rewrite": {
                            "pattern": {"regex": "^.*([0-9a-f])$"},
                            "substitution": "\\1",
                        },
                    },
                    "remove": True,
                }
            ],
        ),
    ]


def slots(listener: str) -> Json:
    """Of the cluster that leads to ``listener``: its endpoints, how one is chosen, and how it is asked how they are."""
    digits = {name: list(theirs) for name, theirs in SLOTS.items()} | {OTHERS: [_NO_CREDENTIAL]}
    endpoints = [
        {
            "endpoint": {
                "address": {
                    "envoy_internal_address": {"server_listener_name": listener, "endpoint_id": name}
                },
                "health_check_config": {
                    "address": {"pipe": {"path": f"{RUN}/sidecar.sock"}}, "hostname": name
                },
            },
            "metadata": {"filter_metadata": {"envoy.lb": {_KEY: theirs}}},
        }
        for name, theirs in digits.items()
    ]  # fmt: skip
    return {
        "load_assignment": {"cluster_name": listener, "endpoints": [{"lb_endpoints": endpoints}]},
        "lb_subset_config": {
            "fallback_policy": "NO_FALLBACK",
            "subset_selectors": [{"keys": [_KEY]}],
            "list_as_any": True,
        },
        # Unwell is unwell, though all were.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "close_connections_on_host_health_failure": True,
        "health_checks": [
            {
                "timeout": "1s",
                "interval": f"{_SECONDS}s",
                "no_traffic_interval": f"{_SECONDS}s",
                "no_traffic_healthy_interval": f"{_SECONDS}s",
                "healthy_threshold": 1,
                # A 503 counts at once; a sidecar that is gone closes nothing for five minutes.
                "unhealthy_threshold": _SILENT,
                "http_health_check": {"path": SLOTS_PAGE},
            }
        ],
    }
