"""What a bucket of logs collects has an end, and not too early."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack, dig
from ..stack.statements import statements
from ..stack.values import known

_SHORTEST_DAYS = 90
_DELIVERERS = ("logdelivery.", "delivery.logs.", "logging.s3.", "cloudtrail.")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if not any(
        _takes_logs(p, stack) for p in stack.linking(resource, "bucket", types=("aws_s3_bucket_policy",))
    ):
        return
    configurations = stack.linking(resource, "bucket", types=("aws_s3_bucket_lifecycle_configuration",))
    rules = [rule for configuration in configurations for rule in configuration.blocks("rule")]
    days = [d for rule in rules if rule.get("status") == "Enabled" if (d := _days(rule)) is not None]
    if not days:
        yield "keeps everything for ever: no enabled lifecycle rule expires objects"
    elif min(days) < _SHORTEST_DAYS:
        yield f"deletes objects after {min(days)} days: at least {_SHORTEST_DAYS}"


def _days(rule: Mapping[str, Any]) -> int | None:
    found = known(dig(rule, ("expiration", "days")), "expiration.days")
    return int(found) if found is not None else None


def _takes_logs(policy: Resource, stack: Stack) -> bool:
    """Whether a service of AWS delivers logs into the bucket."""
    services = [
        str(name)
        for statement in statements(stack, policy, "policy")
        if statement.allows
        for name in (statement.principals or {}).get("Service", ())
    ]
    return any(name.startswith(_DELIVERERS) for name in services)


POLICY = Policy(
    number=84,
    title="Buckets of logs expire objects, after three months at the earliest",
    severity=Severity.LOW,
    practice=Practice.MONITORING,
    types=("aws_s3_bucket",),
    why="Intrusions are found months later; and logs of callers are not to be kept for ever.",
    remedy="Add aws_s3_bucket_lifecycle_configuration with an enabled rule whose expiration is 90 days or "
    "more.",
    judge=judge,
    fsbp=("S3.13",),
)
