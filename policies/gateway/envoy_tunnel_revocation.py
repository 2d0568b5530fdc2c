"""A tunnel that is open ends when its credential is taken back."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import Json, bootstraps, own_issuers
from ._tunnels import Tunnel, endpoints, passed, tunnels

_MOST_SECONDS = 60.0


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for _, bootstrap in bootstraps(resource):
        for tunnel in tunnels(bootstrap):
            if tunnel.way is not None and own_issuers(tunnel.manager, bootstrap):
                problems = [*_problems(tunnel.way), *_chosen_by_callers(tunnel)]
                yield from (f"tunnel to {tunnel.host} {problem}" for problem in problems)


def _problems(way: Json) -> Iterator[str]:
    if way.get("close_connections_on_host_health_failure") is not True:
        yield "stays open when its credential is taken back (close_connections_on_host_health_failure)"
    checks = way.get("health_checks") or []
    if not any(_is_soon(check) for check in checks):
        yield "is not asked for within a minute (health_checks, interval)"
    for endpoint in endpoints(way):
        asked = (endpoint.get("endpoint") or {}).get("health_check_config") or {}
        if "pipe" not in (asked.get("address") or {}) or asked.get("disable_active_health_check") is True:
            yield "is asked for of somebody else than the task's sidecar (health_check_config)"
    if (way.get("lb_subset_config") or {}).get("fallback_policy", "NO_FALLBACK") not in ("NO_FALLBACK", 0):
        yield "may hang on what another credential hangs on (lb_subset_config.fallback_policy)"


def _chosen_by_callers(tunnel: Tunnel) -> Iterator[str]:
    """What a tunnel hangs on must be said by the gateway: a header that says it is overwritten first."""
    own: set[str] = set()
    for entry in passed(tunnel):
        config = entry.get("typed_config") or {}
        for mutation in (config.get("mutations") or {}).get("request_mutations") or []:
            append = mutation.get("append") or {}
            if append.get("append_action") == "OVERWRITE_IF_EXISTS_OR_ADD":
                own.add(str((append.get("header") or {}).get("key")))
        for rule in config.get("request_rules") or []:
            chooses = (rule.get("on_header_present") or {}).get("metadata_namespace") == "envoy.lb"
            if chooses and rule.get("header") not in own:
                yield f"hangs on what its caller names ({rule.get('header')})"


def _is_soon(check: Json) -> bool:
    text = str(check.get("interval", ""))
    return text.endswith("s") and 0 < float(text[:-1]) <= _MOST_SECONDS and "http_health_check" in check


POLICY = Policy(
    number=133,
    title="Envoy ends tunnels whose credential is taken back",
    severity=Severity.HIGH,
    practice=Practice.ROTATION,
    types=TASK,
    why="Envoy asks for a credential once, when a tunnel opens: a leaked one would go on carrying data for an hour.",
    remedy="Let the sidecar answer for the health of the endpoints that lead into tunnels, and set "
    "close_connections_on_host_health_failure on their cluster.",
    judge=judge,
    owasp=("API2:2023",),
)
