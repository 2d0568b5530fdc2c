"""Metrics: one table feeds filters, alarms and dashboard."""

import json

import pytest

from pictory_egress.gateway.refusals import BY_CODE
from pictory_egress.monitoring import metrics
from pictory_egress.monitoring.metrics import METRICS, AwsMetric, LogLines, Metric
from tests.monitoring.synthesis import NAME, Parts, Synthesized

OURS = [metric for metric in METRICS if isinstance(metric.source, LogLines)]


def test_table_when_a_metric_is_defined_holds_it() -> None:
    defined = [value for value in vars(metrics).values() if isinstance(value, Metric)]
    assert sorted(metric.name for metric in defined) == sorted(metric.name for metric in METRICS)
    assert len({(metric.name, metric.source) for metric in METRICS}) == len(METRICS)


def test_filters_when_made_are_those_of_the_table(synthesized: Synthesized) -> None:
    filters = {
        f["metric_transformation"]["name"]: f for f in synthesized.all("aws_cloudwatch_log_metric_filter")
    }
    assert filters.keys() == {metric.name for metric in OURS}
    for metric in OURS:
        made, source = filters[metric.name], metric.source
        assert isinstance(source, LogLines)
        assert made["pattern"] == source.pattern
        assert made["name"] == f"{NAME}-{metric.name}"
        assert made["metric_transformation"]["namespace"] == "PictoryEgress/dev"
        assert made["metric_transformation"]["unit"] == metric.unit
        parts = Parts()
        groups = {"gateway": parts.log_group_name, "rotation": parts.rotation_log_group_name}
        assert made["log_group_name"] == groups[source.group]


@pytest.mark.parametrize("metric", OURS, ids=lambda metric: metric.name)
def test_filter_when_it_counts_publishes_zero_and_when_it_measures_does_not(metric: Metric) -> None:
    assert isinstance(metric.source, LogLines)
    assert metric.source.zero == (metric.source.value == "1")


@pytest.mark.parametrize("metric", OURS, ids=lambda metric: metric.name)
def test_filter_when_it_matches_names_the_kind_of_line(metric: Metric) -> None:
    assert isinstance(metric.source, LogLines)
    kinds = ("access", "sidecar", "tunnel") if metric.source.group == "gateway" else ("rotation",)
    assert metric.source.pattern.startswith(tuple(f'{{ ($.kind = "{kind}") && ' for kind in kinds)) or (
        (metric.name, metric.source.pattern)
        in {
            ("Calls", '{ ($.kind = "access") }'),
            ("Tunnels", '{ ($.kind = "tunnel") }'),
            ("RotationTimeouts", '"Task timed out"'),
        }
    )


def test_filter_when_it_tells_a_missing_credential_uses_the_gateways_own_code() -> None:
    assert "no_credential" in BY_CODE
    source = metrics.NO_CREDENTIAL.source
    assert isinstance(source, LogLines)
    assert '$.reason = "no_credential"' in source.pattern


def test_metrics_of_aws_when_used_name_their_dimensions(synthesized: Synthesized) -> None:
    parts = Parts()
    healthy = synthesized.alarm("no-healthy-targets")["dimensions"]
    assert healthy == {
        "LoadBalancer": parts.load_balancer_arn_suffix, "TargetGroup": parts.target_group_arn_suffix
    }  # fmt: skip
    blocked = synthesized.alarm("firewall-blocks")["dimensions"]
    assert blocked == {"WebACL": parts.web_acl_name, "Rule": "ALL", "Region": "us-east-2"}
    dead = synthesized.alarm("dead-letters")["dimensions"]
    assert dead == {"QueueName": parts.dead_letter_queue_name}


def test_dashboard_when_made_shows_every_metric_and_every_alarm(synthesized: Synthesized) -> None:
    widgets = json.loads(synthesized.one("aws_cloudwatch_dashboard")["dashboard_body"])["widgets"]
    lines = [line for w in widgets if w["type"] == "metric" for line in w["properties"]["metrics"]]
    shown = {(line[0], line[1]) for line in lines if isinstance(line[0], str)}
    for metric in METRICS:
        namespace = metric.source.namespace if isinstance(metric.source, AwsMetric) else "PictoryEgress/dev"
        assert (namespace, metric.name) in shown
    (states,) = [w["properties"]["alarms"] for w in widgets if w["type"] == "alarm"]
    made = len(synthesized.all("aws_cloudwatch_metric_alarm")) + 1
    assert len(states) == len(set(states)) == made


def test_dashboard_when_laid_out_has_no_widget_over_another(synthesized: Synthesized) -> None:
    widgets = json.loads(synthesized.one("aws_cloudwatch_dashboard")["dashboard_body"])["widgets"]
    taken: set[tuple[int, int]] = set()
    for w in widgets:
        cells = {
            (x, y) for x in range(w["x"], w["x"] + w["width"]) for y in range(w["y"], w["y"] + w["height"])
        }
        assert not cells & taken
        assert w["x"] + w["width"] <= 24
        taken |= cells
