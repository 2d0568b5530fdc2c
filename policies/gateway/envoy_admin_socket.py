"""Envoy's admin interface is reached from within its task only."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import bootstraps

_OWNER_ONLY = 0o600


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
        allowed = admin.get("allow_paths") or []
        if not allowed or any(path.get("exact") is None for path in allowed):
            yield f"container {name} serves admin paths that are not listed one by one"
        for path in ("/config_dump", "/quitquitquit", "/runtime_modify", "/logging"):
            if any(path == entry.get("exact") for entry in allowed):
                yield f"container {name} serves {path}"


POLICY = Policy(
    number=35,
    title="Envoy's admin interface is a socket of its own user, with listed paths",
    severity=Severity.CRITICAL,
    practice=Practice.LEAST_PRIVILEGE,
    types=TASK,
    why="The admin interface shows the configuration, changes it, and stops the process, without a password.",
    remedy='Give admin an address {"pipe": {"path": …, "mode": 384}} and allow_paths of exact paths.',
    judge=judge,
    owasp=("API8:2023",),
)
