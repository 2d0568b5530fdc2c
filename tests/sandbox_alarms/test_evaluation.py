"""The product's own metric filters and alarms, deployed into the local AWS and evaluated over shipped logs."""

import itertools
import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pictory_egress.monitoring.alarms import FAILING, Alarm, alarms
from pictory_egress.monitoring.metrics import METRICS, AwsMetric, Fixed, LogLines, Metric
from pictory_egress.monitoring.settings import MonitoringSettings
from sandbox.alarms import AlarmVerdict, UnsupportedError, evaluate
from sandbox.aws import LocalAws, running

GATEWAY, ROTATION = "gateway", "rotation"
NAMESPACE = "PictoryEgress/test"
SETTINGS = MonitoringSettings(runbook_url="https://runbooks.example.com/x")

# CloudWatch keeps what is in the past: the newest whole minute before the tests began.
NOW = datetime.fromtimestamp(math.floor(time.time() / 60) * 60, UTC)
Line = dict[str, Any]


@dataclass
class Region:
    """The local AWS, in which each test has a region of its own."""

    aws: LocalAws
    name: str

    def client(self, service: str) -> Any:
        return self.aws.client(service, region=self.name)

    def ship(self, group: str, lines: list[Line], *, ago: float = 30) -> None:
        """Lines as events ``ago`` seconds before now."""
        logs, stream = self.client("logs"), f"s{time.monotonic_ns()}"
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        at = int((NOW.timestamp() - ago) * 1_000)
        for start in range(0, len(lines), 1_000):
            events = [{"timestamp": at, "message": json.dumps(line)} for line in lines[start : start + 1_000]]
            logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    def publish(
        self, namespace: str, name: str, value: float, dimensions: dict[str, str], *, ago: float = 30
    ) -> None:
        self.client("cloudwatch").put_metric_data(
            Namespace=namespace,
            MetricData=[
                {
                    "MetricName": name, "Value": value, "Timestamp": NOW - timedelta(seconds=ago),
                    "Dimensions": [{"Name": each, "Value": text} for each, text in dimensions.items()],
                }
            ],
        )  # fmt: skip

    def verdicts(self) -> dict[str, AlarmVerdict]:
        return {verdict.name: verdict for verdict in evaluate(self.client, at=NOW)}

    def states(self) -> dict[str, str]:
        return {name: verdict.state for name, verdict in self.verdicts().items()}


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with running() as local:
        yield local


_numbers = itertools.count()
_REGIONS = (
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1",
    "eu-north-1", "eu-south-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "ap-northeast-2",
    "sa-east-1", "ca-central-1", "me-south-1",
)  # fmt: skip


@pytest.fixture
def region(aws: LocalAws) -> Region:
    found = Region(aws, _REGIONS[next(_numbers)])
    for group in (GATEWAY, ROTATION):
        found.client("logs").create_log_group(logGroupName=group)
    return found


def _dimensions(metric: Metric) -> dict[str, str]:
    if isinstance(metric.source, LogLines):
        return {}
    return {
        name: place.value if isinstance(place, Fixed) else place for name, place in metric.source.dimensions
    }


def _reference(metric: Metric) -> dict[str, Any]:
    namespace = metric.source.namespace if isinstance(metric.source, AwsMetric) else NAMESPACE
    dimensions = [{"Name": name, "Value": value} for name, value in _dimensions(metric).items()]
    return {"Namespace": namespace, "MetricName": metric.name, "Dimensions": dimensions}


@pytest.fixture
def deployed(region: Region) -> Region:
    """The product's tables as its construct deploys them."""
    for metric in METRICS:
        if isinstance(metric.source, LogLines):
            region.client("logs").put_metric_filter(
                logGroupName=metric.source.group, filterName=metric.name, filterPattern=metric.source.pattern,
                metricTransformations=[
                    {
                        "metricName": metric.name, "metricNamespace": NAMESPACE, "metricValue": metric.source.value,
                        **({"defaultValue": 0.0} if metric.source.zero else {}),
                    }
                ],
            )  # fmt: skip
    for alarm in alarms(SETTINGS, deadline_days=45):
        _put(region, alarm)
    region.client("cloudwatch").put_composite_alarm(
        AlarmName=FAILING.slug, AlarmRule=" OR ".join(f'ALARM("{slug}")' for slug in FAILING.slugs)
    )
    return region


def _put(region: Region, alarm: Alarm) -> None:
    common = {
        "AlarmName": alarm.slug, "ComparisonOperator": alarm.comparison, "Threshold": alarm.threshold,
        "EvaluationPeriods": alarm.evaluations, "DatapointsToAlarm": alarm.datapoints,
        "TreatMissingData": alarm.missing,
    }  # fmt: skip
    cloudwatch = region.client("cloudwatch")
    if not alarm.expression:
        (metric,) = alarm.metrics.values()
        kind = "ExtendedStatistic" if metric.statistic.startswith("p") else "Statistic"
        cloudwatch.put_metric_alarm(
            **common, **_reference(metric), Period=alarm.period, **{kind: metric.statistic}
        )
        return
    queries = [
        {
            "Id": id_, "ReturnData": False,
            "MetricStat": {"Metric": _reference(metric), "Period": alarm.period, "Stat": metric.statistic},
        }
        for id_, metric in alarm.metrics.items()
    ]  # fmt: skip
    cloudwatch.put_metric_alarm(
        **common, Metrics=[{"Id": "result", "Expression": alarm.expression, "ReturnData": True}, *queries]
    )


def _access(*, status: int = 200, decision: str = "allow", reason: str = "ok", **more: Any) -> Line:
    return {
        "kind": "access", "status": status, "decision": decision, "reason": reason, "duration_ms": 20,
        "upstream_status": status, **more,
    }  # fmt: skip


HEARTBEAT = {"kind": "sidecar", "event": "heartbeat", "credential_age_seconds": 3_600}


def _healthy(region: Region) -> None:
    """A quarter of an hour of a gateway that is well, with a heartbeat and calls every minute."""
    for minute in range(20):
        region.ship(GATEWAY, [HEARTBEAT, *[_access() for _ in range(10)]], ago=60 * minute + 30)
        region.publish(
            "AWS/ApplicationELB", "HealthyHostCount", 2,
            {"TargetGroup": "target_group", "LoadBalancer": "load_balancer"}, ago=60 * minute + 30,
        )  # fmt: skip


def test_gateway_that_is_well_raises_no_alarm(deployed: Region) -> None:
    _healthy(deployed)
    verdicts = deployed.verdicts()
    assert len(verdicts) == len(alarms(SETTINGS, deadline_days=45)) + 1
    assert {name: v.reason for name, v in verdicts.items() if v.state == "ALARM"} == {}


def test_silence_raises_what_silence_must_raise(deployed: Region) -> None:
    firing = {name for name, state in deployed.states().items() if state == "ALARM"}
    assert firing == {"heartbeat-missing", "no-healthy-targets", "rotation-overdue", FAILING.slug}


def test_failing_calls_raise_their_alarm_and_the_composite(deployed: Region) -> None:
    _healthy(deployed)
    for ago in (30, 330):
        deployed.ship(GATEWAY, [_access(status=503, reason="upstream_reset")] * 10, ago=ago)
    verdicts = deployed.verdicts()
    assert {name for name, v in verdicts.items() if v.state == "ALARM"} == {"upstream-errors", FAILING.slug}
    assert "upstream-errors ALARM" in verdicts[FAILING.slug].reason
    assert verdicts["upstream-errors"].reason.startswith("2 of the last 3 values")


def test_too_few_calls_say_nothing_about_their_share(deployed: Region) -> None:
    for ago in (30, 330):
        deployed.ship(GATEWAY, [_access(status=503, reason="upstream_reset")] * 10, ago=ago)
    assert deployed.states()["upstream-errors"] == "OK"


def test_slow_twentieth_of_calls_raises_latency(deployed: Region) -> None:
    for ago in (30, 330, 630):
        slow = [_access(duration_ms=45_000)] * 3
        deployed.ship(GATEWAY, [_access() for _ in range(37)] + slow, ago=ago)
    assert deployed.states()["latency"] == "ALARM"


def test_few_slow_calls_do_not_raise_latency(deployed: Region) -> None:
    for ago in (30, 330, 630):
        deployed.ship(GATEWAY, [_access() for _ in range(99)] + [_access(duration_ms=45_000)], ago=ago)
    assert deployed.states()["latency"] == "OK"


@pytest.mark.parametrize(
    ("line", "count", "alarm"),
    [
        (_access(status=401, decision="refuse", reason="credential_invalid", upstream_status=None), 60,
         "unauthenticated-calls"),
        (_access(status=403, decision="refuse", reason="operation_not_granted", upstream_status=None), 60,
         "forbidden-calls"),
        (_access(status=401), 3, "key-refused"),
        (_access(status=403, reason="upstream_edge_refused"), 3, "edge-refused"),
    ],
)  # fmt: skip
def test_refusals_raise_the_alarm_of_their_cause_alone(
    deployed: Region, line: Line, count: int, alarm: str
) -> None:
    _healthy(deployed)
    for ago in (30, 330):
        deployed.ship(GATEWAY, [line] * count, ago=ago)
    assert {name for name, state in deployed.states().items() if state == "ALARM"} - {FAILING.slug} == {alarm}


def test_old_key_and_waiting_rotation_raise_their_alarms(deployed: Region) -> None:
    _healthy(deployed)
    deployed.ship(GATEWAY, [{**HEARTBEAT, "credential_age_seconds": 46 * 86_400}] * 2, ago=30)
    for ago in (330, 630):
        deployed.ship(GATEWAY, [{**HEARTBEAT, "credential_age_seconds": 46 * 86_400}], ago=ago)
    deployed.ship(ROTATION, [{"kind": "rotation", "event": "candidate_needed"}], ago=7_200)
    firing = {name for name, state in deployed.states().items() if state == "ALARM"}
    assert firing == {"rotation-overdue", "candidate-needed"}


def test_published_metrics_are_looked_at_by_their_dimensions(deployed: Region) -> None:
    _healthy(deployed)
    blocked = {"WebACL": "web_acl", "Rule": "ALL", "Region": "region"}
    deployed.publish("AWS/WAFV2", "BlockedRequests", 500, {**blocked, "WebACL": "another"})
    assert deployed.states()["firewall-blocks"] == "OK"
    deployed.publish("AWS/WAFV2", "BlockedRequests", 60, blocked)
    deployed.publish("AWS/WAFV2", "BlockedRequests", 60, blocked, ago=60)
    assert deployed.states()["firewall-blocks"] == "ALARM"


def test_alarm_whose_rule_names_nobody_is_an_error(region: Region) -> None:
    cloudwatch = region.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="inner", Namespace="n", MetricName="m", Period=60, Statistic="Sum", EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    cloudwatch.put_composite_alarm(AlarmName="outer", AlarmRule='NOT ALARM("inner") AND OK("inner")')
    # Nothing was published, and missing data is left missing.
    assert region.states() == {"inner": "INSUFFICIENT_DATA", "outer": "OK"}


def test_alarm_that_is_not_understood_is_named(region: Region) -> None:
    region.client("cloudwatch").put_metric_alarm(
        AlarmName="strange", EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
        Metrics=[
            {"Id": "result", "Expression": "RATE(m)", "ReturnData": True},
            {"Id": "m", "ReturnData": False, "MetricStat": {
                "Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}},
        ],
    )  # fmt: skip
    with pytest.raises(UnsupportedError, match="alarm strange: expression 'RATE"):
        region.verdicts()


def test_metric_filter_that_is_not_understood_is_named(region: Region) -> None:
    region.client("logs").put_metric_filter(
        logGroupName=GATEWAY, filterName="odd", filterPattern="[ip, user]",
        metricTransformations=[{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
    )  # fmt: skip
    with pytest.raises(UnsupportedError, match="metric filter odd: filter pattern"):
        region.verdicts()
