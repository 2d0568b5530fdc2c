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
from sandbox.alarms.evaluation import composite_verdicts
from sandbox.aws import LocalAws, running

GATEWAY, ROTATION = "gateway", "rotation"
NAMESPACE = "PictoryEgress/test"
SETTINGS = MonitoringSettings(runbook_url="https://runbooks.example.com/x")
NEWEST = datetime.fromtimestamp(math.floor(time.time() / 60) * 60, UTC)

Line = dict[str, Any]

# Each test has a day and more of the past fortnight, the longest that logs take, to itself.
_DAYS = (NEWEST - timedelta(hours=27 * number) for number in itertools.count())


@dataclass
class Scene:
    """One region of the local AWS, looked at as it was at ``now``."""

    aws: LocalAws
    region: str
    now: datetime

    def client(self, service: str) -> Any:
        return self.aws.client(service, region=self.region)

    def ship(self, group: str, lines: dict[float, list[Line]] | dict[float, list[str]]) -> None:
        """Lines as events, by how many seconds before now."""
        logs, stream = self.client("logs"), f"s{time.monotonic_ns()}"
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        events = [
            {"timestamp": int((self.now.timestamp() - ago) * 1_000), "message": json.dumps(line)}
            for ago in sorted(lines, reverse=True)
            for line in lines[ago]
        ]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    def publish(
        self, namespace: str, name: str, values: dict[float, float], dimensions: dict[str, str]
    ) -> None:
        """Values by how many seconds before now."""
        shown = [{"Name": each, "Value": text} for each, text in dimensions.items()]
        self.client("cloudwatch").put_metric_data(
            Namespace=namespace,
            MetricData=[
                {
                    "MetricName": name,
                    "Value": value,
                    "Timestamp": self.now - timedelta(seconds=ago),
                    "Dimensions": shown,
                }
                for ago, value in values.items()
            ],
        )

    def verdicts(self) -> dict[str, AlarmVerdict]:
        return {verdict.name: verdict for verdict in evaluate(self.client, at=self.now)}

    def states(self) -> dict[str, str]:
        return {name: verdict.state for name, verdict in self.verdicts().items()}

    def firing(self) -> set[str]:
        return {name for name, state in self.states().items() if state == "ALARM"}


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with running() as local:
        yield local


@pytest.fixture
def empty(aws: LocalAws) -> Scene:
    """A region without alarms."""
    scene = Scene(aws, next(_REGIONS), NEWEST)
    scene.client("logs").create_log_group(logGroupName=GATEWAY)
    return scene


_REGIONS = iter(("us-east-1", "us-west-1", "us-west-2", "eu-west-1"))


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


@pytest.fixture(scope="module")
def tables(aws: LocalAws) -> Scene:
    """The product's tables as its construct deploys them."""
    scene = Scene(aws, "us-east-2", NEWEST)
    logs = scene.client("logs")
    for group in (GATEWAY, ROTATION):
        logs.create_log_group(logGroupName=group)
    for metric in METRICS:
        if isinstance(metric.source, LogLines):
            logs.put_metric_filter(
                logGroupName=metric.source.group, filterName=metric.name, filterPattern=metric.source.pattern,
                metricTransformations=[
                    {
                        "metricName": metric.name, "metricNamespace": NAMESPACE, "metricValue": metric.source.value,
                        **({"defaultValue": 0.0} if metric.source.zero else {}),
                    }
                ],
            )  # fmt: skip
    for alarm in alarms(SETTINGS, deadline_days=45):
        _put(scene, alarm)
    scene.client("cloudwatch").put_composite_alarm(
        AlarmName=FAILING.slug, AlarmRule=" OR ".join(f'ALARM("{slug}")' for slug in FAILING.slugs)
    )
    return scene


@pytest.fixture
def deployed(tables: Scene) -> Scene:
    """The deployed tables, with no log and no metric yet."""
    return Scene(tables.aws, tables.region, next(_DAYS))


def _put(scene: Scene, alarm: Alarm) -> None:
    common = {
        "AlarmName": alarm.slug, "ComparisonOperator": alarm.comparison, "Threshold": alarm.threshold,
        "EvaluationPeriods": alarm.evaluations, "DatapointsToAlarm": alarm.datapoints,
        "TreatMissingData": alarm.missing,
    }  # fmt: skip
    cloudwatch = scene.client("cloudwatch")
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


def _healthy(scene: Scene) -> None:
    """Twenty minutes of a gateway that is well, with a heartbeat and calls every minute."""
    minutes = [60.0 * minute + 30 for minute in range(20)]
    scene.ship(GATEWAY, {ago: [HEARTBEAT, *[_access() for _ in range(10)]] for ago in minutes})
    scene.publish(
        "AWS/ApplicationELB", "HealthyHostCount", dict.fromkeys(minutes, 2.0),
        {"TargetGroup": "target_group", "LoadBalancer": "load_balancer"},
    )  # fmt: skip


def test_gateway_that_is_well_raises_no_alarm(deployed: Scene) -> None:
    _healthy(deployed)
    verdicts = deployed.verdicts()
    assert len(verdicts) == len(alarms(SETTINGS, deadline_days=45)) + 1
    assert {name: v.reason for name, v in verdicts.items() if v.state == "ALARM"} == {}


def test_silence_raises_what_silence_must_raise(deployed: Scene) -> None:
    assert deployed.firing() == {"heartbeat-missing", "no-healthy-targets", "rotation-overdue", FAILING.slug}


def test_failing_calls_raise_their_alarm_and_the_composite(deployed: Scene) -> None:
    _healthy(deployed)
    deployed.ship(GATEWAY, {ago: [_access(status=503, reason="upstream_reset")] * 10 for ago in (30, 330)})
    verdicts = deployed.verdicts()
    assert {name for name, v in verdicts.items() if v.state == "ALARM"} == {"upstream-errors", FAILING.slug}
    assert "upstream-errors ALARM" in verdicts[FAILING.slug].reason
    assert verdicts["upstream-errors"].reason.startswith("2 of the last 3 values")


def test_too_few_calls_say_nothing_about_their_share(deployed: Scene) -> None:
    deployed.ship(GATEWAY, {ago: [_access(status=503, reason="upstream_reset")] * 10 for ago in (30, 330)})
    assert deployed.states()["upstream-errors"] == "OK"


@pytest.mark.parametrize(("slow", "state"), [(3, "ALARM"), (1, "OK")])
def test_latency_is_that_of_the_slowest_twentieth(deployed: Scene, slow: int, state: str) -> None:
    lines = [_access()] * (40 - slow) + [_access(duration_ms=45_000)] * slow
    deployed.ship(GATEWAY, dict.fromkeys((30, 330, 630), lines))
    assert deployed.states()["latency"] == state


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
    deployed: Scene, line: Line, count: int, alarm: str
) -> None:
    _healthy(deployed)
    deployed.ship(GATEWAY, {ago: [line] * count for ago in (30, 330)})
    assert deployed.firing() - {FAILING.slug} == {alarm}


def test_old_key_and_waiting_rotation_raise_their_alarms(deployed: Scene) -> None:
    _healthy(deployed)
    old = {**HEARTBEAT, "credential_age_seconds": 46 * 86_400}
    deployed.ship(GATEWAY, {ago: [old] for ago in (30, 330, 630)})
    deployed.ship(ROTATION, {7_200: [{"kind": "rotation", "event": "candidate_needed"}]})
    assert deployed.firing() == {"rotation-due", "rotation-overdue", "candidate-needed"}


@pytest.mark.parametrize(
    ("field", "alarm"),
    [("pending_seconds", "rotation-stuck"), ("half_finished_seconds", "rotation-half-finished")],
)
def test_rotation_that_was_cut_off_raises_its_alarm_and_that_of_how_far_it_came(
    deployed: Scene, field: str, alarm: str
) -> None:
    _healthy(deployed)
    open_ = {60.0 * minute: [{**HEARTBEAT, field: 1_800 - 60 * minute}] for minute in range(15)}
    deployed.ship(GATEWAY, open_)
    deployed.ship(ROTATION, {1_800: ["2026-03-01T12:00:00Z 1 Task timed out after 120.00 seconds"]})
    assert deployed.firing() == {alarm, "rotation-timed-out"}


def test_published_metrics_are_looked_at_by_their_dimensions(deployed: Scene) -> None:
    blocked = {"WebACL": "web_acl", "Rule": "ALL", "Region": "region"}
    deployed.publish("AWS/WAFV2", "BlockedRequests", {30: 500}, {**blocked, "WebACL": "another"})
    deployed.publish("AWS/WAFV2", "BlockedRequests", {30: 60, 310: 60}, blocked)
    assert deployed.states()["firewall-blocks"] == "OK"
    deployed.publish("AWS/WAFV2", "BlockedRequests", {60: 60}, blocked)
    assert deployed.states()["firewall-blocks"] == "ALARM"


def test_composite_over_an_alarm_without_data_follows_its_rule(empty: Scene) -> None:
    cloudwatch = empty.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="inner", Namespace="n", MetricName="m", Period=60, Statistic="Sum", EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    cloudwatch.put_composite_alarm(AlarmName="first", AlarmRule='NOT (ALARM("inner") OR OK("inner"))')
    cloudwatch.put_composite_alarm(AlarmName="second", AlarmRule='ALARM("first") AND ALARM("inner")')
    # Nothing was published, and missing data is left missing.
    assert empty.states() == {"inner": "INSUFFICIENT_DATA", "first": "ALARM", "second": "OK"}


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ({"a": "ALARM(none)"}, "names none"),
        ({"a": "ALARM(b)", "b": "OK(a)"}, "circle"),
        ({"a": "SOON(b)"}, "SOON"),
    ],
)
def test_composite_that_cannot_be_decided_is_named(rules: dict[str, str], told: str) -> None:
    found = [{"AlarmName": name, "AlarmRule": rule} for name, rule in rules.items()]
    with pytest.raises(UnsupportedError, match=f"composite alarm a: .*{told}"):
        composite_verdicts(found, [])


def test_alarm_that_is_not_understood_is_named(empty: Scene) -> None:
    empty.client("cloudwatch").put_metric_alarm(
        AlarmName="strange", EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
        Metrics=[
            {"Id": "result", "Expression": "RATE(m)", "ReturnData": True},
            {"Id": "m", "ReturnData": False, "MetricStat": {
                "Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}},
        ],
    )  # fmt: skip
    with pytest.raises(UnsupportedError, match="alarm strange: expression 'RATE"):
        empty.verdicts()


def test_metric_filter_that_is_not_understood_is_named(empty: Scene) -> None:
    empty.client("logs").put_metric_filter(
        logGroupName=GATEWAY, filterName="odd", filterPattern="[ip, user]",
        metricTransformations=[{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
    )  # fmt: skip
    with pytest.raises(UnsupportedError, match="metric filter odd: filter pattern"):
        empty.verdicts()
