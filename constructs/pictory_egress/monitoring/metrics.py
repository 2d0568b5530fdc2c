"""Every metric that is watched, once: filters, alarms and dashboard derive from this table.

The fields are those of the log lines: ``access`` from Envoy, ``sidecar``, and ``rotation`` from the function.
"""

from dataclasses import dataclass
from typing import Final, Literal

from pictory_egress.gateway import refusals
from pictory_egress.monitoring.watched import LogSource, Place, Watched

Unit = Literal["Count", "Milliseconds", "Seconds", "Bytes"]


@dataclass(frozen=True, kw_only=True)
class LogLines:
    """Made by a metric filter from log lines that match ``pattern``.

    ``value`` is ``1`` or a numeric field. ``zero`` publishes 0 while only other lines arrive, which tells
    silence from nothing amiss; a measured value must not, for it would drag its statistics down.
    """

    group: LogSource
    pattern: str
    value: str = "1"
    zero: bool = True


@dataclass(frozen=True)
class Fixed:
    """The value of a dimension that is the same everywhere."""

    value: str


@dataclass(frozen=True, kw_only=True)
class AwsMetric:
    """Published by an AWS service. ``dimensions`` are their names, and where their values come from."""

    namespace: str
    dimensions: tuple[tuple[str, Place | Fixed], ...]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric: its name in its namespace, the statistic that says something, and a title for people."""

    name: str
    title: str
    source: LogLines | AwsMetric
    statistic: str = "Sum"
    unit: Unit = "Count"

    def namespace(self, watched: Watched) -> str:
        """Where the metric is found."""
        return self.source.namespace if isinstance(self.source, AwsMetric) else watched.namespace

    def dimensions(self, watched: Watched) -> dict[str, str]:
        """Dimension names and values; ours have none, so that each is one metric."""
        if isinstance(self.source, LogLines):
            return {}
        return {
            name: place.value if isinstance(place, Fixed) else watched.place(place)
            for name, place in self.source.dimensions
        }


def _lines(kind: str, *conditions: str) -> str:
    terms = (f'$.kind = "{kind}"', *conditions)
    return "{ " + " && ".join(f"({term})" for term in terms) + " }"


def _access(name: str, title: str, *conditions: str) -> Metric:
    return Metric(
        name=name, title=title, source=LogLines(group="gateway", pattern=_lines("access", *conditions))
    )


def _event(name: str, title: str, group: LogSource, event: str) -> Metric:
    kind = "sidecar" if group == "gateway" else "rotation"
    return Metric(
        name=name, title=title, source=LogLines(group=group, pattern=_lines(kind, f'$.event = "{event}"'))
    )


def _heartbeat(name: str, title: str, field: str) -> Metric:
    """The largest of a field, in seconds, over all tasks."""
    pattern = _lines("sidecar", '$.event = "heartbeat"', f"$.{field} >= 0")
    source = LogLines(group="gateway", pattern=pattern, value=f"$.{field}", zero=False)
    return Metric(name=name, title=title, statistic="Maximum", unit="Seconds", source=source)


def _balancer(name: str, title: str, statistic: str, *, of_targets: bool = False) -> Metric:
    dimensions: tuple[tuple[str, Place], ...] = (("LoadBalancer", "load_balancer"),)
    if of_targets:
        dimensions = (("TargetGroup", "target_group"), *dimensions)
    source = AwsMetric(namespace="AWS/ApplicationELB", dimensions=dimensions)
    return Metric(name=name, title=title, statistic=statistic, source=source)


_ALLOWED: Final = '$.decision = "allow"'
_REFUSED: Final = '$.decision = "refuse"'

CALLS: Final = _access("Calls", "Calls")
ALLOWED: Final = _access("AllowedCalls", "Calls let through", _ALLOWED)
UNAUTHENTICATED: Final = _access(
    "UnauthenticatedCalls", "Refused: who calls (401)", _REFUSED, "$.status = 401"
)
FORBIDDEN: Final = _access("ForbiddenCalls", "Refused: not granted (403)", _REFUSED, "$.status = 403")
UPSTREAM_ERRORS: Final = _access(
    "UpstreamErrors", "Failed on the way to Pictory, or there (5xx)",
    _ALLOWED, "$.status >= 500", '$.reason != "no_credential"',
)  # fmt: skip
GATEWAY_ERRORS: Final = _access(
    "GatewayErrors", "Failed in the gateway itself (5xx)",
    _REFUSED, "$.status >= 500", '$.reason != "no_credential"',
)  # fmt: skip
NO_CREDENTIAL: Final = _access("NoCredential", "No credential to add (503)", '$.reason = "no_credential"')
KEY_REFUSED: Final = _access("KeyRefused", "Pictory refuses the key (401)", "$.upstream_status = 401")
EDGE_REFUSED: Final = _access(
    "EdgeRefused", "Refused by the network before Pictory", f'$.reason = "{refusals.EDGE_REFUSED}"'
)
RATE_LIMITED: Final = _access("RateLimited", "Pictory limits the rate (429)", "$.upstream_status = 429")
DURATION: Final = Metric(
    name="Duration", title="Duration of calls let through", statistic="p95", unit="Milliseconds",
    source=LogLines(
        group="gateway", pattern=_lines("access", _ALLOWED, "$.duration_ms >= 0"),
        value="$.duration_ms", zero=False
    ),
)  # fmt: skip

HEARTBEATS: Final = _event("Heartbeats", "Heartbeats of sidecars", "gateway", "heartbeat")
CREDENTIAL_FAILURES: Final = _event(
    "CredentialFailures", "Failed loads of the credential", "gateway", "credential_failed"
)
CREDENTIAL_AGE: Final = _heartbeat("CredentialAge", "Age of the key in use", "credential_age_seconds")
KEY_UNCONFIRMED: Final = _heartbeat(
    "KeyUnconfirmed",
    "Longest time that a task's key was not known to be the current one",
    "unconfirmed_seconds",
)
ROTATION_OPEN: Final = _heartbeat(
    "RotationOpen", "Longest time that a rotation was open and had taken no key", "pending_seconds"
)
ROTATION_HALF_FINISHED: Final = _heartbeat(
    "RotationHalfFinished",
    "Longest time that a rotation was open and had taken a key",
    "half_finished_seconds",
)

REGISTRY_FAILURES: Final = Metric(
    name="RegistryFailures", title="Failed reads of clients' credentials and their keys",
    source=LogLines(
        group="gateway",
        pattern='{ ($.kind = "sidecar") && (($.event = "registry_failed") || ($.event = "keys_failed")) }',
    ),
)  # fmt: skip

PROCESS_ENDS: Final = Metric(
    name="ProcessEnds", title="Sidecars and inspectors that ended and were started again",
    source=LogLines(
        group="gateway",
        pattern='{ ($.kind = "sidecar") && (($.event = "sidecar_ended") || ($.event = "worker_ended")) }',
    ),
)  # fmt: skip

CANDIDATE_NEEDED: Final = _event(
    "CandidateNeeded", "Rotations without a candidate", "rotation", "candidate_needed"
)
CANDIDATE_REFUSED: Final = _event("CandidateRefused", "Candidates refused", "rotation", "refused")
ROTATION_TIMEOUTS: Final = Metric(
    name="RotationTimeouts", title="Runs of the rotation function that were cut off",
    # Lambda's own line: the function had no chance to say anything.
    source=LogLines(group="rotation", pattern='"Task timed out"'),
)  # fmt: skip
ROTATION_ERRORS: Final = Metric(
    name="Errors", title="Failed runs of the rotation function",
    source=AwsMetric(namespace="AWS/Lambda", dimensions=(("FunctionName", "function"),)),
)  # fmt: skip
DEAD_LETTERS: Final = Metric(
    name="ApproximateNumberOfMessagesVisible", title="Runs of the rotation function given up",
    statistic="Maximum",
    source=AwsMetric(namespace="AWS/SQS", dimensions=(("QueueName", "queue"),)),
)  # fmt: skip

BLOCKED: Final = Metric(
    name="BlockedRequests", title="Blocked by the firewall",
    source=AwsMetric(
        namespace="AWS/WAFV2",
        dimensions=(("WebACL", "web_acl"), ("Rule", Fixed("ALL")), ("Region", "region"))
    ),
)  # fmt: skip
BALANCER_CALLS: Final = _balancer("RequestCount", "Calls that found a target", "Sum")
BALANCER_ERRORS: Final = _balancer("HTTPCode_ELB_5XX_Count", "Calls the load balancer failed (5xx)", "Sum")
HEALTHY: Final = _balancer("HealthyHostCount", "Healthy targets", "Minimum", of_targets=True)
UNHEALTHY: Final = _balancer("UnHealthyHostCount", "Unhealthy targets", "Maximum", of_targets=True)

TUNNELS: Final = Metric(
    name="Tunnels", title="Tunnels to asset hosts, asked for",
    source=LogLines(group="gateway", pattern=_lines("tunnel")),
)  # fmt: skip
TUNNELS_REFUSED: Final = Metric(
    name="RefusedTunnels", title="Tunnels refused",
    source=LogLines(group="gateway", pattern=_lines("tunnel", _REFUSED)),
)  # fmt: skip
TUNNELS_FAILED: Final = Metric(
    name="FailedTunnels", title="Tunnels whose host could not be reached",
    source=LogLines(group="gateway", pattern=_lines("tunnel", _ALLOWED, "$.status >= 500")),
)  # fmt: skip
TUNNELS_UPLOADED: Final = Metric(
    name="TunnelBytesReceived", title="Bytes that clients sent through tunnels", unit="Bytes",
    source=LogLines(
        group="gateway", pattern=_lines("tunnel", _ALLOWED, "$.bytes_received >= 0"),
        value="$.bytes_received", zero=False,
    ),
)  # fmt: skip
TUNNELS_HEALTHY: Final = Metric(
    name="HealthyHostCount", title="Healthy targets for tunnels", statistic="Minimum",
    source=AwsMetric(
        namespace="AWS/NetworkELB",
        dimensions=(("TargetGroup", "tunnel_targets"), ("LoadBalancer", "tunnel_balancer")),
    ),
)  # fmt: skip


def failed_notices(rule_name: str) -> Metric:
    """Messages of one EventBridge rule that were lost; the rule reports only these."""
    source = AwsMetric(namespace="AWS/Events", dimensions=(("RuleName", Fixed(rule_name)),))
    return Metric(name="FailedInvocations", title=f"Lost notices of {rule_name}", source=source)


TUNNEL_METRICS: Final = (TUNNELS, TUNNELS_REFUSED, TUNNELS_FAILED, TUNNELS_UPLOADED, TUNNELS_HEALTHY)
"""Those of an environment with tunnels."""

METRICS: Final = (
    CALLS, ALLOWED, UNAUTHENTICATED, FORBIDDEN, DURATION,
    UPSTREAM_ERRORS, KEY_REFUSED, EDGE_REFUSED, RATE_LIMITED,
    GATEWAY_ERRORS, NO_CREDENTIAL, HEARTBEATS, CREDENTIAL_FAILURES, CREDENTIAL_AGE,
    REGISTRY_FAILURES, PROCESS_ENDS, KEY_UNCONFIRMED, ROTATION_OPEN, ROTATION_HALF_FINISHED,
    CANDIDATE_NEEDED, CANDIDATE_REFUSED, ROTATION_TIMEOUTS, ROTATION_ERRORS, DEAD_LETTERS,
    BLOCKED, BALANCER_CALLS, BALANCER_ERRORS, HEALTHY, UNHEALTHY, *TUNNEL_METRICS,
)  # fmt: skip
"""All metrics, in the order of a call: callers, Pictory, credential, rotation, the way in."""
