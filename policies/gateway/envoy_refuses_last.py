"""What no route names is refused by the last one."""

from collections.abc import Iterator
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import Json, bootstraps, is_dynamic, managers, routes

_CONDITIONS = ("headers", "query_parameters", "runtime_fraction", "grpc", "tls_context", "dynamic_metadata")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, bootstrap in bootstraps(resource):
        if fetched := is_dynamic(bootstrap):
            yield f"container {name} fetches {', '.join(fetched)} while it runs, past every review"
        for manager in managers(bootstrap):
            found = list(routes(manager))
            if not found:
                yield f"container {name} has a listener without routes of its own"
            for host, of_host in found:
                yield from (f"virtual host {host} {problem}" for problem in _problems(of_host))


def _problems(of_host: list[Json]) -> Iterator[str]:
    last: Any = of_host[-1] if of_host else {}
    status = (last.get("direct_response") or {}).get("status", 0)
    if not (_takes_everything(last) and 400 <= status < 500):
        yield "has no refusal as its last route"
    for route in of_host[:-1]:
        if _takes_everything(route):
            yield "has a route before its last that takes every call"


def _takes_everything(route: Json) -> bool:
    match = route.get("match") or {}
    return match.get("prefix") == "/" and not any(match.get(key) for key in _CONDITIONS)


POLICY = Policy(
    number=33,
    title="Envoy's last route refuses, and no earlier one takes everything",
    severity=Severity.CRITICAL,
    practice=Practice.LEAST_PRIVILEGE,
    types=TASK,
    why="A route for everything carries operations to Pictory that nobody granted, with the company's key.",
    remedy='End each virtual host with {"match": {"prefix": "/"}, "direct_response": {"status": 403}}; give every '
    "other route a method and an exact path or regex.",
    judge=judge,
    owasp=("API5:2023", "API9:2023"),
)
