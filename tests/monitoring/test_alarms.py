"""Alarms: each tells somebody, links to its runbook, and says what silence means."""

from typing import Any

import pytest

from pictory_egress.monitoring.alarms import FAILING, MINIMUM_CALLS, Alarm, alarms
from pictory_egress.monitoring.infrastructure import Monitoring
from pictory_egress.monitoring.settings import MonitoringSettings
from tests.monitoring.synthesis import NAME, RUNBOOKS, Synthesized, synthesize

SETTINGS = MonitoringSettings(runbook_url=RUNBOOKS)
TABLE = {alarm.slug: alarm for alarm in alarms(SETTINGS, deadline_days=45, tunnels=True)}


def _all(synthesized: Synthesized) -> list[dict[str, Any]]:
    return synthesized.all("aws_cloudwatch_metric_alarm") + synthesized.all("aws_cloudwatch_composite_alarm")


def test_every_alarm_when_it_changes_tells_the_topic(synthesized: Synthesized) -> None:
    topics = [f"${{{f'aws_sns_topic.{name}.arn'}}}" for name in synthesized.names("aws_sns_topic")]
    assert len(topics) == 1
    for alarm in _all(synthesized):
        assert alarm["alarm_actions"] == alarm["ok_actions"] == topics, alarm["alarm_name"]
        assert alarm.get("actions_enabled", True) is True


def test_every_alarm_when_read_links_its_runbook_and_names_its_dedupe_key(synthesized: Synthesized) -> None:
    for alarm in _all(synthesized):
        slug = alarm["alarm_name"].removeprefix(f"{NAME}-")
        assert f"Runbook: {RUNBOOKS}#{slug} " in alarm["alarm_description"]
        assert alarm["alarm_description"].endswith(f"Dedupe: {NAME}/{slug}")
        assert len(alarm["alarm_description"]) <= 1024


def test_every_alarm_when_data_is_missing_has_a_stated_choice(synthesized: Synthesized) -> None:
    for alarm in synthesized.all("aws_cloudwatch_metric_alarm"):
        assert alarm["treat_missing_data"] in {"breaching", "notBreaching", "ignore"}
    assert all(alarm.because for alarm in TABLE.values())


@pytest.mark.parametrize("slug", ["heartbeat-missing", "rotation-overdue", "no-healthy-targets"])
def test_alarm_when_silence_is_the_fault_breaches_on_missing_data(slug: str) -> None:
    assert TABLE[slug].missing == "breaching"


def test_alarm_names_when_made_are_those_of_the_stack(made: tuple[Synthesized, Monitoring]) -> None:
    synthesized, monitoring = made
    names = [alarm["alarm_name"] for alarm in _all(synthesized)]
    assert sorted(names) == sorted(monitoring.alarm_names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "slug", ["upstream-errors", "gateway-errors", "latency", "unauthenticated-calls", "forbidden-calls"]
)
def test_share_when_there_are_few_calls_is_zero(slug: str, synthesized: Synthesized) -> None:
    queries = synthesized.alarm(slug)["metric_query"]
    (result,) = [query for query in queries if query.get("return_data")]
    assert result["expression"].startswith(f"IF(calls >= {MINIMUM_CALLS}, ")
    assert result["expression"].endswith(", 0)")


def test_math_alarm_when_made_has_one_period_and_at_most_ten_metrics(synthesized: Synthesized) -> None:
    for alarm in synthesized.all("aws_cloudwatch_metric_alarm"):
        queries = alarm.get("metric_query")
        if queries is None:
            assert {"namespace", "metric_name", "period"} <= alarm.keys()
            continue
        assert not {"namespace", "metric_name", "period", "statistic"} & alarm.keys()
        metrics = [query["metric"] for query in queries if "metric" in query]
        assert 1 <= len(metrics) <= 10
        assert len({metric["period"] for metric in metrics}) == 1
        assert [query["return_data"] for query in queries if query.get("return_data")] == [True]


@pytest.mark.parametrize("alarm", TABLE.values(), ids=TABLE.keys())
def test_alarm_when_evaluated_stays_within_the_window_that_cloudwatch_allows(alarm: Alarm) -> None:
    longest = 7 * 86_400 if alarm.period >= 3_600 else 86_400
    assert alarm.period * alarm.evaluations <= longest
    assert 1 <= alarm.datapoints <= alarm.evaluations


def test_thresholds_when_set_are_those_of_the_settings() -> None:
    synthesized, _ = synthesize(latency_seconds=12.5, error_percent=3, refused_percent=40)
    assert synthesized.alarm("latency")["threshold"] == 12_500
    assert synthesized.alarm("upstream-errors")["threshold"] == 3
    assert synthesized.alarm("gateway-errors")["threshold"] == 3
    assert synthesized.alarm("forbidden-calls")["threshold"] == 40
    assert synthesized.alarm("unauthenticated-calls")["threshold"] == 40


def test_rotation_overdue_when_made_compares_the_age_in_seconds(synthesized: Synthesized) -> None:
    alarm = synthesized.alarm("rotation-overdue")
    assert (alarm["threshold"], alarm["comparison_operator"]) == (45 * 86_400, "GreaterThanThreshold")
    assert (alarm["metric_name"], alarm["statistic"]) == ("CredentialAge", "Maximum")


@pytest.mark.parametrize(("deadline", "warned"), [(45, 38), (14, 10), (2, 2), (1, 1)])
def test_rotation_due_when_made_tells_before_the_deadline(deadline: int, warned: int) -> None:
    due = {alarm.slug: alarm for alarm in alarms(SETTINGS, deadline_days=deadline)}["rotation-due"]
    assert due.threshold == warned * 86_400


def test_rotation_failed_when_only_a_candidate_is_refused_stays_silent(synthesized: Synthesized) -> None:
    queries = {query["id"]: query for query in synthesized.alarm("rotation-failed")["metric_query"]}
    assert queries["result"]["expression"] == "FILL(failed, 0) - FILL(refused, 0)"
    assert queries["failed"]["metric"]["namespace"] == "AWS/Lambda"
    assert queries["refused"]["metric"]["metric_name"] == "CandidateRefused"


def test_composite_when_any_cause_is_on_is_on(synthesized: Synthesized) -> None:
    rule = synthesized.one("aws_cloudwatch_composite_alarm")["alarm_rule"]
    terms = rule.split(" OR ")
    assert len(terms) == len(FAILING.slugs)
    for term, slug in zip(terms, FAILING.slugs, strict=True):
        assert term.startswith(f'ALARM("${{aws_cloudwatch_metric_alarm.Monitoring_{slug}_')
        assert slug in TABLE


def test_alarm_when_made_waits_for_the_topics_policy(synthesized: Synthesized) -> None:
    (policy,) = synthesized.names("aws_sns_topic_policy")
    for resource in _all(synthesized) + synthesized.all("aws_cloudwatch_event_target"):
        assert resource["depends_on"] == [f"aws_sns_topic_policy.{policy}"]
