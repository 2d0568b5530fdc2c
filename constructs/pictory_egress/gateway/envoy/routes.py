"""From the catalog to routes: one an operation, and named refusals for all the rest."""

from typing import Any, Final

from pictory_egress.api import PREFIX, Catalog, Operation
from pictory_egress.gateway.envoy.headers import TRY_AGAIN_HEADER
from pictory_egress.gateway.envoy.identity import GRANTS_FILTER
from pictory_egress.gateway.envoy.inspection import INSPECTION_FILTER, not_inspected
from pictory_egress.gateway.envoy.limits import (
    BUFFER_FILTER,
    DEFAULT_BODY_BYTES,
    JSON_TYPE,
    OCTETS,
    SHAPE_FILTER,
    body_limit,
)
from pictory_egress.gateway.envoy.shapes import NAMESPACE, UNKNOWN, Json, typed

PICTORY_CLUSTER: Final = "pictory"

# A write is sent again, once, only when nothing of it left: it must not be carried out twice.
_RETRY_UNSENT: Final[Json] = {"retry_on": "connect-failure,reset-before-request"}

# A read also when its key was refused: it waits until the new one is there, and is tried with that, once.
_RETRY_READS: Final[Json] = {
    "retry_on": "connect-failure,reset,gateway-error,retriable-headers",
    "num_retries": 2,
    "retriable_request_headers": [{"name": ":method", "string_match": {"exact": "GET"}}],
    "retriable_headers": [{"name": TRY_AGAIN_HEADER, "present_match": True}],
    "rate_limited_retry_back_off": {"reset_headers": [{"name": TRY_AGAIN_HEADER, "format": "SECONDS"}]},
}


def route_configuration(*, catalog: Catalog) -> Json:
    """All routes. Envoy's path matchers leave the query out, so operations that take one stand first.

    They match the whole target; the route after them refuses every other target with a query.
    """
    with_query = [operation for operation in catalog.operations if operation.query]
    without = [operation for operation in catalog.operations if not operation.query]
    any_query = {"name": ":path", "string_match": {"contains": "?"}}
    return {
        "name": "operations",
        "validate_clusters": True,
        "response_headers_to_remove": [TRY_AGAIN_HEADER],
        "virtual_hosts": [
            {
                "name": "pictory",
                "domains": ["*"],
                "retry_policy": _RETRY_READS,
                "routes": [
                    *map(_route, with_query),
                    _refusal({"prefix": "/", "headers": [any_query]}),
                    *map(_route, without),
                    _refusal({"prefix": "/"}),
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
    if not operation.retry_safe:
        action["retry_policy"] = _RETRY_UNSENT
    facts = {"operation": operation.id, "permission": operation.permission}
    if operation.content_type == OCTETS:
        facts["body"] = OCTETS
    route: Json = {"match": _match(operation), "route": action, "metadata": _metadata(facts)}
    own: Json = {}
    if operation.max_body_bytes not in (0, DEFAULT_BODY_BYTES):
        own[BUFFER_FILTER] = body_limit(operation.max_body_bytes)
    if operation.content_type != JSON_TYPE:
        own[INSPECTION_FILTER] = not_inspected()
    if own:
        route["typed_per_filter_config"] = own
    return route


def _match(operation: Operation) -> Json:
    headers: list[Json] = [{"name": ":method", "string_match": {"exact": operation.method}}]
    path: dict[str, Any]
    if operation.query:
        path = {"prefix": "/"}
        headers.append({"name": ":path", "string_match": {"safe_regex": {"regex": operation.target_regex}}})
    elif operation.aliases or "{" in operation.path:
        path = {"safe_regex": {"regex": operation.path_regex}}
    else:
        path = {"path": PREFIX + operation.path}
    return {**path, "headers": headers}


def _refusal(match: Json) -> Json:
    # Answered without regard to grants, and before any body is read.
    off = typed("envoy.config.route.v3.FilterConfig", disabled=True)
    return {
        "match": match,
        "direct_response": {"status": 403},
        "metadata": _metadata({"operation": UNKNOWN}),
        "typed_per_filter_config": dict.fromkeys(
            (GRANTS_FILTER, SHAPE_FILTER, BUFFER_FILTER, INSPECTION_FILTER), off
        ),
    }


def _metadata(facts: dict[str, str]) -> Json:
    return {"filter_metadata": {NAMESPACE: facts}}
