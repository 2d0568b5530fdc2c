"""A token ends, and stands in one place."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import Json, bootstraps, managers, messages


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, bootstrap in bootstraps(resource):
        for manager in managers(bootstrap):
            yield from (f"container {name} {problem}" for problem in _problems(manager))


def _problems(manager: Json) -> Iterator[str]:
    for config in messages(manager.get("http_filters") or [], "JwtAuthentication"):
        for provider, settings in (config.get("providers") or {}).items():
            if str(settings.get("max_lifetime", "0s")) in ("0s", "0"):
                yield f"takes tokens of {provider} that are good for ever (max_lifetime)"
            if int(settings.get("clock_skew_seconds", 60)) > _LONGEST_SKEW:
                yield f"takes tokens of {provider} long after their end (clock_skew_seconds)"
            if not settings.get("from_headers") or settings.get("from_params"):
                yield f"takes tokens of {provider} from addresses, which every log shows (from_headers)"


_LONGEST_SKEW = 300


POLICY = Policy(
    number=120,
    title="Envoy takes tokens that end, from a header",
    severity=Severity.MEDIUM,
    practice=Practice.ROTATION,
    types=TASK,
    why="A credential that never ends is found years later in a script that nobody remembers.",
    remedy="Give each provider max_lifetime and from_headers.",
    judge=judge,
    owasp=("API2:2023",),
)
