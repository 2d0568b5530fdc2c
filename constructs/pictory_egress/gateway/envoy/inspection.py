"""Bodies of JSON go by the inspector before anything leaves."""

from collections.abc import Iterable, Mapping
from typing import Final

from pictory_egress.gateway.envoy.identity import BUILT_IN, JWT_FILTER, issuer_key
from pictory_egress.gateway.envoy.shapes import NAMESPACE, Json, extension
from pictory_egress.gateway.refusals import REASON_HEADER
from pictory_egress.gateway.settings import GatewaySettings

INSPECTION_FILTER: Final = "inspection"
INSPECTOR_CLUSTER: Final = "inspector"
INSPECTOR_SOCKETS: Final = {"inspector": "inspector-0.sock", "inspector-2": "inspector-1.sock"}
"""File name of each inspector's socket in the task's volume, by the name of its container."""
CLIENT_HEADER: Final = "x-inspect-client-"
"""Header that tells the inspector who calls, with the issuer's key after it."""

REQUEST_ID: Final = {"x-inspect-request-id": "%STREAM_ID%"}
"""Header that tells the inspector which call it is, for its log."""

INSPECTED: Final = (
    "body_not_json", "body_duplicate_key", "body_too_complex", "body_url_invalid", "body_host_not_allowed",
    "body_connection_not_allowed",
)  # fmt: skip
"""Codes that the inspector may give; anything else that it says is taken for a failure of its own."""

INSPECTION_TIMEOUT: Final = "2s"
"""Longest time that a call waits for the inspectors, its retry included."""
_HOST_SELECTIONS: Final = 64
"""LEAST_REQUEST prefers an idle host, which a dead inspector always is: it is drawn up to three times out of four."""
_LARGEST_BODY: Final = 10_485_760


def inspection(*, settings: GatewaySettings) -> Json:
    """The filter that asks the inspector, and refuses when it says no, fails, or does not answer.

    Nothing of the caller's goes to it but the body: who calls is the verified token's word, what is called the
    route's. It is on unless a route turns it off.
    """
    claims = {BUILT_IN: "sub"} | {issuer_key(i.name): i.client_claim for i in settings.issuers}
    told = {
        f"{CLIENT_HEADER}{key}": f"%DYNAMIC_METADATA({JWT_FILTER}:{key}:{claim})%"
        for key, claim in claims.items()
    } | {
        "x-inspect-operation": f"%METADATA(ROUTE:{NAMESPACE}:operation)%",
        "x-inspect-length": "%REQ(content-length)%",
        **REQUEST_ID,
    }
    return inspector_filter(INSPECTION_FILTER, path="/inspect", largest_body=_LARGEST_BODY, told=told)


def inspector_filter(
    name: str, *, path: str, largest_body: int, told: Mapping[str, str], adds: Iterable[str] = ()
) -> Json:
    """A filter that shows the body to the inspector at ``path``, and refuses unless it says yes.

    ``told`` are request headers for the inspector with Envoy's own word in them; ``adds`` are headers of its answer
    that replace the caller's.
    """
    return extension(
        name,
        "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
        failure_mode_allow=False,
        status_on_error={"code": "ServiceUnavailable"},
        # As bytes: text would reach the inspector repaired where it is not UTF-8, and Pictory as it came.
        with_request_body={
            "max_request_bytes": largest_body, "allow_partial_message": False, "pack_as_bytes": True,
        },
        disallowed_headers={"patterns": [{"exact": "authorization"}, {"exact": "host"}]},
        http_service={
            "server_uri": {"uri": "http://inspector", "cluster": INSPECTOR_CLUSTER, "timeout": INSPECTION_TIMEOUT},
            "path_override": path,
            "retry_policy": _other_inspector(),
            "authorization_request": {
                "headers_to_add": [{"key": key, "value": value} for key, value in told.items()]
            },
            "authorization_response": {
                "allowed_client_headers": {"patterns": [{"exact": REASON_HEADER}]},
                **({"allowed_upstream_headers": {"patterns": [{"exact": name} for name in adds]}} if adds else {}),
            },
        },
    )  # fmt: skip


def _other_inspector() -> Json:
    """One more try, by the other inspector, when a connection is refused or ends without an answer.

    An answer is never asked for again. A body that ends its worker is thus read twice at the most.
    """
    return {
        "num_retries": 1,
        "retry_on": "connect-failure,reset",
        # Up to a tenth of a second later, so that a worker that ended is back before a retried body can end the other.
        # Envoy takes ``max_interval`` for the time limit of each try too.
        "retry_back_off": {"base_interval": "0.1s", "max_interval": INSPECTION_TIMEOUT},
        "retry_host_predicate": [
            extension(
                "envoy.retry_host_predicates.previous_hosts",
                "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate",
            )
        ],
        "host_selection_retry_max_attempts": _HOST_SELECTIONS,
    }
