"""From the catalog to routes: one an operation, and named refusals for all the rest."""

from typing import Any, Final

from pictory_egress.api import PREFIX, Catalog, Operation
from pictory_egress.api.hosts import TOKEN_PATH
from pictory_egress.api.operation import JSON
from pictory_egress.gateway.envoy.headers import TRY_AGAIN_HEADER
from pictory_egress.gateway.envoy.inspection import INSPECTION_FILTER
from pictory_egress.gateway.envoy.limits import (
    BUFFER_FILTER,
    DEFAULT_BODY_BYTES,
    body_limit,
)
from pictory_egress.gateway.envoy.refused_routes import (
    near_misses,
    operation_unknown,
    token_endpoint_off,
)
from pictory_egress.gateway.envoy.shapes import FILTER_OFF, NAMESPACE, Json, extension
from pictory_egress.gateway.envoy.token_endpoint import token_route

PICTORY_CLUSTER: Final = "pictory"

# A write is sent again, once, only when nothing of it left: it must not be carried out twice.
_RETRY_UNSENT: Final[Json] = {"retry_on": "connect-failure,reset-before-request"}

# A read also when its key was refused: it waits until the new one is there, and is tried with that. Once, whatever
# the reason: a Pictory that fails gets no more than twice the reads that callers make. Which answers are reason enough
# is said by the header.
_RETRY_READS: Final[Json] = {
    "retry_on": "connect-failure,reset,retriable-headers",
    "num_retries": 1,
    "retriable_request_headers": [{"name": ":method", "string_match": {"exact": "GET"}}],
    "retriable_headers": [{"name": TRY_AGAIN_HEADER, "present_match": True}],
    "rate_limited_retry_back_off": {"reset_headers": [{"name": TRY_AGAIN_HEADER, "format": "SECONDS"}]},
}


def route_configuration(*, catalog: Catalog, token_endpoint: bool = False) -> Json:
    """All routes, found by how the path begins: what a call costs does not grow with the number of operations.

    A beginning is what a path template has before its first parameter. Under it stand the operations that a path
    with this longest known beginning can be, few, and after them refusals: of calls that differ from one of those
    operations in one respect, and of all others. Good calls are found first.
    """
    operations = sorted(catalog.operations, key=_named_first)
    beginnings = {beginning for operation in operations for beginning in _beginnings(operation)}
    own = {TOKEN_PATH: token_route() if token_endpoint else token_endpoint_off()}
    path = extension("path", "envoy.type.matcher.v3.HttpRequestHeaderMatchInput", header_name=":path")
    entries = {}
    for beginning in sorted(beginnings | own.keys()):
        found = [operation for operation in operations if _may_be(operation, beginning)]
        after = [own[beginning]] if beginning in own else []
        entries[beginning] = _list([*map(_route, found), *near_misses(found), *after])
    return {
        "name": "operations",
        "validate_clusters": True,
        "response_headers_to_remove": [TRY_AGAIN_HEADER],
        "virtual_hosts": [
            {
                "name": "pictory",
                "domains": ["*"],
                "retry_policy": _RETRY_READS,
                "matcher": {
                    "matcher_tree": {"input": path, "prefix_match_map": {"map": entries}},
                    "on_no_match": _list([]),
                },
            }
        ],
    }


def _named_first(operation: Operation) -> list[bool]:
    """Sorts a path that spells a segment out before one that has a parameter in its place."""
    return min([segment.startswith("{") for segment in one.split("/")] for one in operation.templates)


def _beginnings(operation: Operation) -> list[str]:
    return [PREFIX + template.partition("{")[0] for template in operation.templates]


def _may_be(operation: Operation, beginning: str) -> bool:
    """Whether a path can be of ``operation`` when it has this beginning, and none that is longer and known.

    A path without parameters is its own beginning; one with parameters may go on like another operation's.
    """
    return any(
        beginning.startswith(own) if "{" in template else beginning == own
        for template, own in zip(operation.templates, _beginnings(operation), strict=True)
    )


def _list(routes: list[Json]) -> Json:
    routes = [*routes, operation_unknown()]
    return {"action": extension("routes", "envoy.config.route.v3.RouteList", routes=routes)}


def _route(operation: Operation) -> Json:
    action: Json = {
        "cluster": PICTORY_CLUSTER,
        "auto_host_rewrite": True,
        "timeout": f"{operation.timeout_seconds}s",
    }
    if not operation.retry_safe:
        action["retry_policy"] = _RETRY_UNSENT
    facts = {"operation": operation.id, "permission": operation.permission}
    if operation.method in ("POST", "PUT"):
        facts["body"] = operation.content_type or JSON
    route: Json = {
        "match": _match(operation),
        "route": action,
        "metadata": {"filter_metadata": {NAMESPACE: facts}},
    }
    own: Json = {}
    if operation.max_body_bytes not in (0, DEFAULT_BODY_BYTES):
        own[BUFFER_FILTER] = body_limit(operation.max_body_bytes)
    if operation.content_type != JSON:
        own[INSPECTION_FILTER] = FILTER_OFF
    if own:
        route["typed_per_filter_config"] = own
    return route


def _match(operation: Operation) -> Json:
    """Envoy's path matchers leave the query out: where one is taken the whole target is matched, else there is none."""
    headers: list[Json] = [{"name": ":method", "string_match": {"exact": operation.method}}]
    path: dict[str, Any]
    if operation.query:
        path = {"prefix": "/"}
        headers.append({"name": ":path", "string_match": {"safe_regex": {"regex": operation.target_regex}}})
    else:
        if operation.aliases or "{" in operation.path:
            path = {"safe_regex": {"regex": operation.path_regex}}
        else:
            path = {"path": PREFIX + operation.path}
        headers.append({"name": ":path", "string_match": {"contains": "?"}, "invert_match": True})
    return {**path, "headers": headers}
