"""A caller has so many calls under way, and no more."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import Json, bootstraps, configs, filters, messages, public_managers
from ._lookups import looked_up

_MOST = 10_000
_DEFAULT = 1000
"""Envoy's own, where ``max_concurrency_limit`` is not given."""


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, bootstrap in bootstraps(resource):
        for manager in public_managers(bootstrap):
            yield from (f"container {name} {problem}" for problem in _problems(manager))


def _problems(manager: Json) -> Iterator[str]:
    on = filters(manager)
    limits = messages(on, "AdaptiveConcurrency")
    if not limits:
        yield "limits nobody's calls at once"
        return
    for limit in limits:
        if (limit.get("enabled") or {}).get("default_value", True) is not True:
            yield "has a limit of calls at once that is not on (enabled)"
        parameters = (limit.get("gradient_controller_config") or {}).get("concurrency_limit_params") or {}
        if int(parameters.get("max_concurrency_limit", _DEFAULT)) > _MOST:
            yield "has a limit of calls at once that limits nothing (max_concurrency_limit)"
    if configs(on, "AdaptiveConcurrency"):
        return  # one for all of them together
    granted = looked_up(config.get("matcher") or {} for config in configs(on, "RBAC"))
    limited = looked_up(config.get("xds_matcher") or {} for config in configs(on, "ExtensionWithMatcher"))
    for key, client in sorted(granted - limited):
        yield f"lets {client} ({key}) have any number of calls under way"


POLICY = Policy(
    number=132,
    title="Envoy limits how many calls of each client are under way",
    severity=Severity.MEDIUM,
    practice=Practice.LEAST_PRIVILEGE,
    types=TASK,
    why="A rate says how often a call may begin: one program's slow calls can hold every connection to Pictory.",
    remedy="Find the client's adaptive_concurrency, with a max_concurrency_limit, by a composite filter's xds_matcher.",
    judge=judge,
    owasp=("API4:2023",),
)
