"""Envoy's admin interface is reached from within its task only."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import Json, bootstraps

_OWNER_ONLY = 0o600
# What shows the configuration and its secrets, changes the process, or stops it.
_CLOSED = (
    "/config_dump", "/init_dump", "/certs", "/quitquitquit", "/runtime", "/runtime_modify", "/logging",
    "/reopen_logs", "/cpuprofiler", "/heapprofiler", "/contention", "/reset_counters", "/clusters",
)  # fmt: skip


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, bootstrap in bootstraps(resource):
        admin = bootstrap.get("admin")
        if not admin:
            continue
        pipe = (admin.get("address") or {}).get("pipe")
        if not pipe:
            yield f"container {name} opens its admin interface on the network"
        elif pipe.get("mode") != _OWNER_ONLY:
            yield f"container {name} opens its admin socket to others than its own user (mode is not 0600)"
        allowed = admin.get("allow_paths") or [{"prefix": "/"}]
        if served := [path for path in _CLOSED if any(_matches(entry, path) for entry in allowed)]:
            yield f"container {name} serves {', '.join(served)} on its admin socket"


def _matches(entry: Json, path: str) -> bool:
    """Whether an allowed path is ``path``; a pattern that is neither exact nor a prefix may be any."""
    if "exact" in entry:
        return bool(path == entry["exact"])
    return path.startswith(str(entry["prefix"])) if "prefix" in entry else True


POLICY = Policy(
    number=35,
    title="Envoy's admin interface is a socket of its own user, with listed paths",
    severity=Severity.CRITICAL,
    practice=Practice.LEAST_PRIVILEGE,
    types=TASK,
    why="The admin interface shows the configuration, changes it, and stops the process, without a password.",
    remedy='Give admin an address {"pipe": {"path": …, "mode": 384}} and allow_paths that name each path.',
    judge=judge,
    owasp=("API8:2023",),
)
