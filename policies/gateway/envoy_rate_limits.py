"""A caller has a share, and no more."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import known
from ._containers import TASK
from ._envoy import Json, bootstraps, configs, filters, public_managers

_MOST_A_SECOND = 10_000


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, bootstrap in bootstraps(resource):
        for manager in public_managers(bootstrap):
            yield from (f"container {name} {problem}" for problem in _problems(manager))


def _problems(manager: Json) -> Iterator[str]:
    limits = configs(filters(manager), "LocalRateLimit")
    if not limits:
        yield "limits nobody's rate"
    for limit in limits:
        if not limit.get("token_bucket"):
            yield "limits nobody's rate (token_bucket)"
        if limit.get("descriptors") and not any(
            rule.get("actions") for rule in limit.get("rate_limits") or []
        ):
            yield "tells no client from another (rate_limits)"
        for field in ("filter_enabled", "filter_enforced"):
            share = (limit.get(field) or {}).get("default_value") or {}
            if share.get("numerator") != 100 or share.get("denominator", "HUNDRED") != "HUNDRED":
                yield f"limits the rate of some calls only ({field})"
        own = limit.get("token_bucket") or {}
        buckets = [own, *(d.get("token_bucket") or {} for d in limit.get("descriptors") or [])]
        if any(_rate(bucket) > _MOST_A_SECOND for bucket in buckets):
            yield "has a rate that limits nothing (token_bucket)"


def _rate(bucket: Json) -> float:
    seconds = float(str(known(bucket.get("fill_interval", "1s"), "fill_interval")).rstrip("s") or 1)
    return max(int(bucket.get("tokens_per_fill", 1)), int(bucket.get("max_tokens", 1))) / max(seconds, 0.001)


POLICY = Policy(
    number=118,
    title="Envoy limits the rate of each client",
    severity=Severity.MEDIUM,
    practice=Practice.LEAST_PRIVILEGE,
    types=TASK,
    why="The firewall counts addresses; only the gateway knows whose program it is that calls in a loop.",
    remedy="Add local_ratelimit with a token_bucket, enabled and enforced for 100 of HUNDRED.",
    judge=judge,
    owasp=("API4:2023",),
)
