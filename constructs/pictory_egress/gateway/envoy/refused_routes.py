"""Routes that answer in Pictory's place: each has a refusal that names what the caller can change."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from pictory_egress.api import PREFIX, Operation
from pictory_egress.api.hosts import TOKEN_PATH
from pictory_egress.api.operation import ANY_QUERY, PATTERNS_IN_WORDS, QUERY_PAIRS
from pictory_egress.gateway.envoy.grants import GRANTS_FILTER
from pictory_egress.gateway.envoy.identity import JWT_FILTER
from pictory_egress.gateway.envoy.inspection import INSPECTION_FILTER
from pictory_egress.gateway.envoy.limits import BUFFER_FILTER, SHAPE_FILTER
from pictory_egress.gateway.envoy.registered import REGISTERED_FILTER
from pictory_egress.gateway.envoy.shapes import FILTER_OFF, NAMESPACE, UNKNOWN, Json
from pictory_egress.gateway.refusals import BY_CODE

NAMED_ROUTES: Final = (
    "query_invalid",
    "path_parameter_invalid",
    "method_not_allowed",
    "token_endpoint_off",
    "operation_unknown",
)
"""Names of the routes here: each is the code of its refusal."""

# A refusal does not wait for the body, and reads none of it.
BODY_FILTERS: Final = (SHAPE_FILTER, BUFFER_FILTER, INSPECTION_FILTER)


def near_misses(operations: Sequence[Operation]) -> list[Json]:
    """Refusals of calls that differ from one of ``operations`` in its query, its path parameters or its method.

    They stand behind the routes of ``operations``, so that a call that comes so far is none of them. What a caller
    is granted counts first: whoever may not call an operation does not learn how to.
    """
    return [
        *(_query_invalid(operation) for operation in operations),
        *(_path_parameter_invalid(operation) for operation in operations if operation.parameters),
        *_methods_not_allowed(operations),
    ]


def operation_unknown() -> Json:
    """The refusal of everything else: the last of each list of routes."""
    return _refusing("operation_unknown", {"prefix": "/"}, off=(GRANTS_FILTER,))


def token_endpoint_off() -> Json:
    """The refusal of programs that ask for a token, before anything is asked of them."""
    method = {"name": ":method", "string_match": {"exact": "POST"}}
    return _refusing(
        "token_endpoint_off",
        {"path": TOKEN_PATH, "headers": [method]},
        off=(JWT_FILTER, REGISTERED_FILTER, GRANTS_FILTER),
    )


def _query_invalid(operation: Operation) -> Json:
    facts = {**_names(operation), "query": _query_in_words(operation)}
    return _refusing("query_invalid", _match(operation, operation.path_regex), facts)


def _path_parameter_invalid(operation: Operation) -> Json:
    expected = (f"{name}: {PATTERNS_IN_WORDS[pattern]}" for name, pattern in operation.parameters.items())
    facts = {**_names(operation), "parameters": "; ".join(expected)}
    return _refusing("path_parameter_invalid", _match(operation, "|".join(operation.shapes)), facts)


def _methods_not_allowed(operations: Sequence[Operation]) -> list[Json]:
    """A refusal for each shape of path that one of ``operations`` has. It names all methods of these paths."""
    methods: dict[str, set[str]] = {}
    for operation in operations:
        for template, shape in zip(operation.templates, operation.shapes, strict=True):
            # A template is itself a path of each shape that takes its paths, wider ones among them.
            path = PREFIX + template
            methods[shape] = {o.method for o in operations if any(re.fullmatch(s, path) for s in o.shapes)}
    return [
        _refusing(
            "method_not_allowed",
            {"safe_regex": {"regex": shape}},
            {"methods": ", ".join(sorted(taken))},
            off=(GRANTS_FILTER,),
        )
        for shape, taken in methods.items()
    ]


def _match(operation: Operation, regex: str) -> Json:
    """Envoy matches a path without its query."""
    method = {"name": ":method", "string_match": {"exact": operation.method}}
    return {"safe_regex": {"regex": regex}, "headers": [method]}


def _names(operation: Operation) -> dict[str, str]:
    return {"operation": operation.id, "permission": operation.permission}


def _query_in_words(operation: Operation) -> str:
    if not operation.query:
        return "no query"
    names = "of any name" if operation.query == ANY_QUERY else ", ".join(operation.query)
    return f"these query parameters: {names} (at most {QUERY_PAIRS} name=value pairs, values percent-encoded)"


def _refusing(
    code: str, match: Json, facts: dict[str, str] | None = None, *, off: Iterable[str] = ()
) -> Json:
    return {
        "name": code,
        "match": match,
        "direct_response": {"status": BY_CODE[code].status},
        "metadata": {"filter_metadata": {NAMESPACE: {"operation": UNKNOWN, **(facts or {})}}},
        "typed_per_filter_config": dict.fromkeys((*off, *BODY_FILTERS), FILTER_OFF),
    }
