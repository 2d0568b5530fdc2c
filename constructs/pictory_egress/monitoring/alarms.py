"""The alarms, as a table. A slug names the alarm, and its section in ``docs/runbooks.md``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pictory_egress.monitoring import metrics as m
from pictory_egress.monitoring.metrics import Metric
from pictory_egress.monitoring.settings import MonitoringSettings

Missing = Literal["breaching", "notBreaching", "ignore"]
Comparison = Literal["GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold"]

MINIMUM_CALLS: Final = 20
"""Calls in one period below which a share or a percentile says nothing."""

_WARNING_DAYS: Final = 7
"""Before the deadline of the key in use; less when the whole time is short."""

_AT_LEAST: Final = "GreaterThanOrEqualToThreshold"
_GIB: Final = 1024**3
_MINUTE, _FIVE_MINUTES, _QUARTER, _HOUR, _DAY = 60, 300, 900, 3_600, 86_400


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One alarm.

    ``metrics`` are by the identifier that ``expression`` uses; without an expression there is one metric.
    ``period`` is in seconds; ``datapoints`` of ``evaluations`` periods must breach. ``missing`` is what a
    period without data counts as, and ``because`` why.
    """

    slug: str
    meaning: str
    metrics: dict[str, Metric]
    threshold: float
    missing: Missing
    because: str
    expression: str = ""
    comparison: Comparison = _AT_LEAST
    period: int = _FIVE_MINUTES
    evaluations: int = 1
    datapoints: int = 1


@dataclass(frozen=True, kw_only=True)
class Composite:
    """An alarm over other alarms: on while any of ``slugs`` is."""

    slug: str
    meaning: str
    slugs: tuple[str, ...]


def _share(part: str, whole: str) -> str:
    return f"IF({whole} >= {MINIMUM_CALLS}, 100 * {part} / {whole}, 0)"


def _difference(whole: str, part: str) -> str:
    return f"FILL({whole}, 0) - FILL({part}, 0)"


def alarms(settings: MonitoringSettings, *, deadline_days: int, tunnels: bool = False) -> tuple[Alarm, ...]:
    """The alarms of one environment; ``deadline_days`` is how old Pictory's key may grow."""
    return (
        *_calls(settings), *_way_in(), *_pictory(), *_credential(deadline_days), *_rotation(),
        *(_tunnels(settings) if tunnels else ()),
    )  # fmt: skip


def _calls(settings: MonitoringSettings) -> tuple[Alarm, ...]:
    quiet = "no line of the gateway means no calls, and heartbeat-missing tells when it means a dead gateway"
    return (
        Alarm(
            slug="upstream-errors",
            meaning="Too large a share of the calls let through fails on the way to Pictory, or there",
            metrics={"failed": m.UPSTREAM_ERRORS, "calls": m.ALLOWED}, expression=_share("failed", "calls"),
            threshold=settings.error_percent, evaluations=3, datapoints=2,
            missing="notBreaching", because=quiet,
        ),
        Alarm(
            slug="gateway-errors",
            meaning="Too large a share of all calls fails in the gateway itself",
            metrics={"failed": m.GATEWAY_ERRORS, "calls": m.CALLS}, expression=_share("failed", "calls"),
            threshold=settings.error_percent, evaluations=3, datapoints=2,
            missing="notBreaching", because=quiet,
        ),
        Alarm(
            slug="latency",
            meaning="The slowest twentieth of the calls let through takes too long",
            metrics={"duration": m.DURATION, "calls": m.ALLOWED},
            expression=f"IF(calls >= {MINIMUM_CALLS}, duration, 0)",
            threshold=settings.latency_seconds * 1_000, evaluations=3, datapoints=3,
            missing="ignore", because="without calls there is no duration, which is neither fast nor slow",
        ),
        Alarm(
            slug="unauthenticated-calls",
            meaning="A large share of calls carries no valid credential of the gateway",
            metrics={"refused": m.UNAUTHENTICATED, "calls": m.CALLS}, expression=_share("refused", "calls"),
            threshold=settings.refused_percent, evaluations=3, datapoints=2,
            missing="notBreaching", because=quiet,
        ),
        Alarm(
            slug="forbidden-calls",
            meaning="A large share of calls asks for what its client is not granted",
            metrics={"refused": m.FORBIDDEN, "calls": m.CALLS}, expression=_share("refused", "calls"),
            threshold=settings.refused_percent, evaluations=3, datapoints=2,
            missing="notBreaching", because=quiet,
        ),
    )  # fmt: skip


def _way_in() -> tuple[Alarm, ...]:
    return (
        Alarm(
            slug="load-balancer-errors",
            meaning="The load balancer answers for the gateway, since no task does",
            metrics={"failed": m.BALANCER_ERRORS, "served": m.BALANCER_CALLS},
            # A call without a target is not in RequestCount: both make the whole.
            expression=(
                f"IF(FILL(failed, 0) + FILL(served, 0) >= {MINIMUM_CALLS}, "
                "100 * FILL(failed, 0) / (FILL(failed, 0) + FILL(served, 0)), 0)"
            ),
            threshold=1, evaluations=3, datapoints=2,
            missing="notBreaching", because="the load balancer reports counts only when they are not zero",
        ),
        Alarm(
            slug="no-healthy-targets", meaning="Not one task of the gateway answers its health check",
            metrics={"healthy": m.HEALTHY}, comparison="LessThanThreshold", threshold=1,
            period=_MINUTE, evaluations=3, datapoints=2,
            missing="breaching", because="a load balancer without targets stops reporting",
        ),
        Alarm(
            slug="unhealthy-targets", meaning="A task of the gateway keeps failing its health check",
            metrics={"unhealthy": m.UNHEALTHY}, threshold=1, period=_MINUTE, evaluations=10, datapoints=8,
            missing="notBreaching", because="no-healthy-targets tells when there is no target at all",
        ),
        Alarm(
            slug="firewall-blocks", meaning="The firewall blocks far more than the stray call",
            metrics={"blocked": m.BLOCKED}, threshold=100, evaluations=2, datapoints=1,
            missing="notBreaching", because="the firewall reports only what it blocked",
        ),
    )  # fmt: skip


def _tunnels(settings: MonitoringSettings) -> tuple[Alarm, ...]:
    quiet = "no line means that nobody asked for a tunnel"
    return (
        Alarm(
            slug="tunnels-no-healthy-targets",
            meaning="Not one task answers the health check of the load balancer for tunnels",
            metrics={"healthy": m.TUNNELS_HEALTHY}, comparison="LessThanThreshold", threshold=1,
            period=_MINUTE, evaluations=3, datapoints=2,
            missing="breaching", because="a load balancer without targets stops reporting",
        ),
        Alarm(
            slug="tunnels-refused",
            meaning="Somebody keeps asking for tunnels that are refused: no grant, another host, or no TLS for it",
            metrics={"refused": m.TUNNELS_REFUSED}, threshold=20, evaluations=2, datapoints=1,
            missing="notBreaching", because=quiet,
        ),
        Alarm(
            slug="tunnels-failing", meaning="A large share of tunnels does not reach its asset host",
            metrics={"failed": m.TUNNELS_FAILED, "tunnels": m.TUNNELS},
            expression=_share("failed", "tunnels"), threshold=5, evaluations=3, datapoints=2,
            missing="notBreaching", because=quiet,
        ),
        Alarm(
            slug="tunnels-uploading", meaning="Clients send more through tunnels than they should have to",
            metrics={"uploaded": m.TUNNELS_UPLOADED}, threshold=settings.tunnel_upload_gib_per_hour * _GIB,
            period=_HOUR, missing="notBreaching", because=quiet,
        ),
    )  # fmt: skip


def _pictory() -> tuple[Alarm, ...]:
    quiet = "no answer of Pictory is no refusal"
    return (
        Alarm(
            slug="key-refused",
            meaning="Pictory refuses the key that the gateway adds: revoked or regenerated",
            metrics={"refused": m.KEY_REFUSED}, threshold=3, evaluations=2, datapoints=1,
            missing="notBreaching", because=quiet,
        ),
        Alarm(
            slug="edge-refused",
            meaning="The network before Pictory refuses the gateway itself, not one call",
            metrics={"refused": m.EDGE_REFUSED}, threshold=3, evaluations=2, datapoints=1,
            missing="notBreaching", because=quiet,
        ),
        Alarm(
            slug="rate-limited", meaning="Pictory answers that the account calls too often",
            metrics={"limited": m.RATE_LIMITED}, threshold=10, evaluations=3, datapoints=2,
            missing="notBreaching", because=quiet,
        ),
    )  # fmt: skip


def _credential(deadline_days: int) -> tuple[Alarm, ...]:
    soon = deadline_days - min(_WARNING_DAYS, deadline_days // 3)
    return (
        Alarm(
            slug="no-credential", meaning="Tasks have no key to add, so calls are refused",
            metrics={"refused": m.NO_CREDENTIAL}, threshold=1, period=_MINUTE, evaluations=3, datapoints=2,
            missing="notBreaching", because="without calls nobody is refused",
        ),
        Alarm(
            slug="credential-failures",
            meaning="Sidecars cannot load the key; the last good one is still in use",
            metrics={"failures": m.CREDENTIAL_FAILURES}, threshold=3, evaluations=2, datapoints=2,
            missing="notBreaching", because="heartbeat-missing tells when no sidecar speaks at all",
        ),
        Alarm(
            slug="revocations-unread",
            meaning="Sidecars cannot read which credentials count: one that is revoked now is taken on",
            metrics={"failures": m.REGISTRY_FAILURES}, threshold=1, evaluations=2, datapoints=2,
            missing="notBreaching", because="heartbeat-missing tells when no sidecar speaks at all",
        ),
        Alarm(
            slug="heartbeat-missing",
            meaning="No sidecar speaks: nothing watches and renews the key in the tasks",
            metrics={"heartbeats": m.HEARTBEATS}, comparison="LessThanThreshold", threshold=1,
            period=_MINUTE, evaluations=5, datapoints=5,
            missing="breaching", because="silence is the very thing it tells of",
        ),
        Alarm(
            slug="processes-ending",
            meaning="Sidecars or inspectors end again and again; each is started anew, and calls go on meanwhile",
            metrics={"ends": m.PROCESS_ENDS}, threshold=10, evaluations=2, datapoints=2,
            missing="notBreaching", because="a process that goes on says nothing",
        ),
        Alarm(
            slug="rotation-overdue", meaning=f"The key in use is older than {deadline_days} days",
            metrics={"age": m.CREDENTIAL_AGE}, comparison="GreaterThanThreshold",
            threshold=deadline_days * _DAY, evaluations=3, datapoints=3,
            missing="breaching", because="a key of unknown age is not known to be young enough",
        ),
        Alarm(
            slug="rotation-due",
            meaning=f"The key in use is older than {soon} days, {deadline_days - soon} before its deadline",
            metrics={"age": m.CREDENTIAL_AGE}, comparison="GreaterThanThreshold",
            threshold=soon * _DAY, evaluations=3, datapoints=3,
            missing="notBreaching", because="rotation-overdue tells of a key of unknown age",
        ),
        Alarm(
            slug="old-key-in-use",
            meaning="A task adds a key that has not been known to be the current one for two minutes",
            metrics={"unconfirmed": m.KEY_UNCONFIRMED}, threshold=120,
            period=_MINUTE, evaluations=5, datapoints=3,
            missing="notBreaching", because="heartbeat-missing tells when no sidecar speaks at all",
        ),
    )  # fmt: skip


def _rotation() -> tuple[Alarm, ...]:
    rare = "the function runs a few times a month, and reports only then"
    return (
        Alarm(
            slug="rotation-failed", meaning="A rotation failed for another reason than its candidate",
            # A refused candidate ends a run too, and has an alarm of its own; a missing one ends none.
            metrics={"failed": m.ROTATION_ERRORS, "refused": m.CANDIDATE_REFUSED},
            expression=_difference("failed", "refused"), threshold=1, period=_QUARTER, evaluations=4,
            missing="notBreaching", because=rare,
        ),
        Alarm(
            slug="candidate-needed", meaning="A rotation is due, and no new key is staged",
            # A day long, for a person has to act in Pictory's portal.
            metrics={"waiting": m.CANDIDATE_NEEDED}, threshold=1, period=_HOUR, evaluations=24,
            missing="notBreaching", because=rare,
        ),
        Alarm(
            slug="candidate-refused",
            meaning="A staged key was refused: stale, unchanged, or not taken by Pictory",
            metrics={"refused": m.CANDIDATE_REFUSED}, threshold=1, period=_QUARTER, evaluations=4,
            missing="notBreaching", because=rare,
        ),
        Alarm(
            slug="rotation-stuck",
            meaning="AWSPENDING has been for a quarter of an hour on a version that got no key",
            metrics={"open": m.ROTATION_OPEN}, threshold=_QUARTER, evaluations=2, datapoints=2,
            missing="notBreaching", because="heartbeat-missing tells when no sidecar looks",
        ),
        Alarm(
            slug="rotation-half-finished",
            meaning="A rotation took the new key a quarter of an hour ago, and has not promoted or let go of it",
            metrics={"open": m.ROTATION_HALF_FINISHED}, threshold=_QUARTER, evaluations=2, datapoints=2,
            missing="notBreaching", because="heartbeat-missing tells when no sidecar looks",
        ),
        Alarm(
            slug="rotation-timed-out", meaning="The rotation function ran out of time in the middle of a step",
            metrics={"cut": m.ROTATION_TIMEOUTS}, threshold=1, period=_QUARTER, evaluations=4,
            missing="notBreaching", because=rare,
        ),
        Alarm(
            slug="dead-letters", meaning="A run of the rotation function was given up, and its event kept",
            metrics={"messages": m.DEAD_LETTERS}, threshold=1,
            missing="notBreaching", because="an idle queue stops reporting after six hours",
        ),
    )  # fmt: skip


def undelivered(rule_names: Sequence[str]) -> Alarm:
    """The alarm over the notices themselves: a message that is lost would be lost in silence."""
    lost = {f"lost{index}": m.failed_notices(name) for index, name in enumerate(rule_names)}
    return Alarm(
        slug="notices-undelivered", meaning="A notice of the secrets' events could not be delivered",
        metrics=dict(lost), expression=" + ".join(f"FILL({id_}, 0)" for id_ in lost), threshold=1,
        missing="notBreaching", because="a rule reports failures only when there are some",
    )  # fmt: skip


FAILING: Final = Composite(
    slug="gateway-failing",
    meaning="The gateway is failing its callers",
    slugs=(
        "upstream-errors", "gateway-errors", "latency", "load-balancer-errors", "no-healthy-targets",
        "no-credential", "key-refused", "edge-refused",
    ),
)  # fmt: skip
"""What wakes somebody: each cause has an alarm of its own beside it."""
