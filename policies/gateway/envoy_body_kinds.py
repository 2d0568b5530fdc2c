"""A body is where one belongs, and of the kind that is looked into."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import Json, body_kind, bootstraps, leads_on, methods, opens_tunnel, public_managers, routes
from ._requests import Request, is_refused

_JSON, _OCTETS = "application/json", "application/octet-stream"
_WITHOUT_BODY = ("GET", "HEAD", "DELETE", "OPTIONS")
_OTHERS = (
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "application/xml",
)
_OTHER_CHARSETS = (f"{_JSON}; charset=utf-16", f"{_JSON}; charset=utf-7")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, bootstrap in bootstraps(resource):
        for manager in filter(leads_on, public_managers(bootstrap)):
            for method, body in sorted(_kinds(manager)):
                yield from (f"container {name} {problem}" for problem in _problems(manager, method, body))


def _problems(manager: Json, method: str, body: str) -> Iterator[str]:
    def is_taken(type_: str) -> bool:
        headers = {":method": method, "content-length": "10", "content-type": type_}
        return not is_refused(manager, Request(headers, {"body": body} if body else {}))

    own = body or _JSON
    if method in _WITHOUT_BODY:
        if is_taken(own):
            yield f"takes a body with {method}"
        return
    if not is_taken(own):
        yield f"refuses every {own} with {method}"
    other = _JSON if own == _OCTETS else _OCTETS
    for type_ in (other, *_OTHERS, *(_OTHER_CHARSETS if own == _JSON else ())):
        if is_taken(type_):
            yield f"takes {type_} with {method} where {own} belongs"


def _kinds(manager: Json) -> set[tuple[str, str]]:
    """Method and kind of body of each route that leads on; an empty kind is JSON."""
    return {
        (method, body_kind(route))
        for _, of_host in routes(manager)
        for route in of_host
        if route.get("route") and not opens_tunnel(route)
        for method in methods(route)
    }


POLICY = Policy(
    number=128,
    title="Envoy refuses bodies where none belongs, and of kinds that are not looked into",
    severity=Severity.HIGH,
    practice=Practice.LEAST_PRIVILEGE,
    types=TASK,
    why="A body that the inspection takes for something else, or does not ask for, leaves unread.",
    remedy="Put an RBAC filter of action DENY behind the buffer filter, which refuses a content-length with GET and "
    "DELETE, and a content-type other than the route's own.",
    judge=judge,
    owasp=("API7:2023", "API8:2023"),
)
