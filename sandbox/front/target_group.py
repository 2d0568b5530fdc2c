"""A deployed target group: how its targets are reached, checked, chosen and let go."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.front.waf import UnsupportedError

Algorithm = Literal["round_robin", "least_outstanding_requests"]


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """Asked of each target every ``interval`` seconds; ``thresholds`` are for getting well and for falling ill."""

    scheme: str
    path: str
    port: int | None
    statuses: frozenset[int]
    interval: float
    timeout: float
    healthy_threshold: int
    unhealthy_threshold: int


@dataclass(frozen=True, kw_only=True)
class TargetGroup:
    """Settings of one target group; ``scheme`` is how requests go to it, ``drain_seconds`` how long flights last."""

    arn: str
    arn_suffix: str
    scheme: str
    algorithm: Algorithm
    drain_seconds: float
    health: HealthCheck


def target_group(found: Mapping[str, Any], attributes: Mapping[str, str]) -> TargetGroup:
    """From what ``describe_target_groups`` and its attributes say.

    Raises
    ------
    UnsupportedError
        A protocol, algorithm or matcher is not known here.
    """
    arn = found["TargetGroupArn"]
    if found.get("ProtocolVersion", "HTTP1") != "HTTP1":
        raise UnsupportedError(
            f"target group {arn}: protocol version {found['ProtocolVersion']} is not served here"
        )
    algorithm = attributes.get("load_balancing.algorithm.type", "round_robin")
    if algorithm not in ("round_robin", "least_outstanding_requests"):
        raise UnsupportedError(f"target group {arn}: algorithm {algorithm} is not served here")
    port = str(found.get("HealthCheckPort", "traffic-port"))
    return TargetGroup(
        arn=arn,
        arn_suffix=arn.rsplit(":", 1)[1],
        scheme=_scheme(found["Protocol"], arn),
        algorithm=algorithm,  # type: ignore[arg-type]
        drain_seconds=float(attributes.get("deregistration_delay.timeout_seconds", "300")),
        health=HealthCheck(
            scheme=_scheme(found["HealthCheckProtocol"], arn),
            path=found.get("HealthCheckPath", "/"),
            port=None if port == "traffic-port" else int(port),
            statuses=statuses(str(found.get("Matcher", {}).get("HttpCode", "200")), arn=arn),
            interval=float(found["HealthCheckIntervalSeconds"]),
            timeout=float(found["HealthCheckTimeoutSeconds"]),
            healthy_threshold=int(found["HealthyThresholdCount"]),
            unhealthy_threshold=int(found["UnhealthyThresholdCount"]),
        ),
    )


def statuses(matcher: str, *, arn: str) -> frozenset[int]:
    """The HTTP statuses that a matcher such as ``200``, ``200,202`` or ``200-299`` takes for healthy."""
    found: set[int] = set()
    for part in matcher.split(","):
        match = re.fullmatch(r"(\d{3})(?:-(\d{3}))?", part.strip())
        if not match:
            raise UnsupportedError(f"target group {arn}: health matcher {matcher!r} is not understood")
        found.update(range(int(match[1]), int(match[2] or match[1]) + 1))
    return frozenset(found)


def _scheme(protocol: str, arn: str) -> str:
    if protocol not in ("HTTP", "HTTPS"):
        raise UnsupportedError(f"target group {arn}: protocol {protocol} is not served here")
    return protocol.lower()
