"""From the catalog to routes: one an operation, then a named refusal for all the rest."""

from typing import Final

from pictory_egress.api import PREFIX, Catalog, Operation
from pictory_egress.gateway.envoy.limits import BUFFER_FILTER, DEFAULT_BODY_BYTES, OCTETS, any_body, body_limit
from pictory_egress.gateway.envoy.shapes import NAMESPACE, UNKNOWN, Json

PICTORY_CLUSTER: Final = "pictory"


def route_configuration(*, catalog: Catalog) -> Json:
    """All routes, in the catalog's order."""
    return {
        "name": "operations",
        "validate_clusters": True,
        "virtual_hosts": [
            {
                "name": "pictory",
                "domains": ["*"],
                "include_request_attempt_count": False,
                # Only what never left may be sent again, whatever the method.
                "retry_policy": {"retry_on": "connect-failure,reset-before-request"},
                "routes": [
                    *map(_route, catalog.operations),
                    _unknown(),
                ],
            }
        ],
    }


def _route(operation: Operation) -> Json:
    action: Json = {
        "cluster": PICTORY_CLUSTER,
        "auto_host_rewrite": True,
        "timeout": f"{operation.timeout_seconds}s",
    }
    if operation.retry_safe:
        action["retry_policy"] = {"retry_on": "reset,gateway-error", "num_retries": 2}
    facts = {"operation": operation.id, "permission": operation.permission}
    if operation.content_type == OCTETS:
        facts["body"] = OCTETS
    route: Json = {
        "match": {
            # Envoy's path matchers leave the query out: the target's whole text decides.
            "prefix": "/",
            "headers": [
                {"name": ":method", "string_match": {"exact": operation.method}},
                {"name": ":path", "string_match": _target(operation)},
            ],
        },
        "route": action,
        "metadata": {"filter_metadata": {NAMESPACE: facts}},
    }
    if operation.max_body_bytes not in (0, DEFAULT_BODY_BYTES):
        route["typed_per_filter_config"] = {BUFFER_FILTER: body_limit(operation.max_body_bytes)}
    return route


def _target(operation: Operation) -> Json:
    is_literal = not operation.query and not operation.aliases and "{" not in operation.path
    return (
        {"exact": PREFIX + operation.path}
        if is_literal
        else {"safe_regex": {"regex": operation.target_regex}}
    )


def _unknown() -> Json:
    return {
        "match": {"prefix": "/"},
        "direct_response": {"status": 403},
        "metadata": {"filter_metadata": {NAMESPACE: {"operation": UNKNOWN}}},
        # Answered at once: no body is read for it.
        "typed_per_filter_config": {BUFFER_FILTER: any_body()},
    }
