"""Turns the tables into resources."""

from collections.abc import Mapping, Sequence
from typing import Any

from pictory_egress.cdk import Construct, aws
from pictory_egress.monitoring.alarms import Alarm, Composite
from pictory_egress.monitoring.metrics import LogLines, Metric
from pictory_egress.monitoring.watched import Watched


def metric_filters(scope: Construct, metrics: Sequence[Metric], watched: Watched) -> None:
    """A metric filter for each metric that log lines make."""
    for metric in metrics:
        source = metric.source
        if isinstance(source, LogLines):
            aws.cloudwatch_log_metric_filter.CloudwatchLogMetricFilter(
                scope,
                metric.name,
                name=f"{watched.name}-{metric.name}",
                log_group_name=watched.log_group(source.group),
                pattern=source.pattern,
                metric_transformation={
                    "name": metric.name,
                    "namespace": watched.namespace,
                    "value": source.value,
                    "default_value": "0" if source.zero else None,
                    "unit": metric.unit,
                },
            )


def metric_alarm(
    scope: Construct,
    alarm: Alarm,
    watched: Watched,
    *,
    topic_arn: str,
    runbook_url: str,
    depends_on: Sequence[Any],
) -> Any:
    """The resource of one alarm, which tells the topic when it goes on and when it goes off."""
    return aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
        scope,
        alarm.slug,
        alarm_name=f"{watched.name}-{alarm.slug}",
        alarm_description=description(alarm.slug, alarm.meaning, watched.name, runbook_url),
        comparison_operator=alarm.comparison,
        threshold=alarm.threshold,
        evaluation_periods=alarm.evaluations,
        datapoints_to_alarm=alarm.datapoints,
        treat_missing_data=alarm.missing,
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn],
        depends_on=list(depends_on),
        **(_queries(alarm, watched) if alarm.expression else _single(alarm, watched)),
    )


def composite_alarm(
    scope: Construct,
    composite: Composite,
    alarms: Mapping[str, Any],
    *,
    name: str,
    topic_arn: str,
    runbook_url: str,
    depends_on: Sequence[Any],
) -> Any:
    """The resource of an alarm that is on while any of its own is."""
    return aws.cloudwatch_composite_alarm.CloudwatchCompositeAlarm(
        scope,
        composite.slug,
        alarm_name=f"{name}-{composite.slug}",
        alarm_description=description(composite.slug, composite.meaning, name, runbook_url),
        alarm_rule=" OR ".join(f'ALARM("{alarms[slug].alarm_name}")' for slug in composite.slugs),
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn],
        depends_on=list(depends_on),
    )


def description(slug: str, meaning: str, name: str, runbook_url: str) -> str:
    """What a person reads first; the dedupe key lets a pager fold repeated messages into one."""
    return f"{meaning}. Runbook: {runbook_url}#{slug} Dedupe: {name}/{slug}"


def _statistic(statistic: str) -> dict[str, str]:
    return {"extended_statistic": statistic} if statistic.startswith("p") else {"statistic": statistic}


def _single(alarm: Alarm, watched: Watched) -> dict[str, Any]:
    (metric,) = alarm.metrics.values()
    return {
        "namespace": metric.namespace(watched),
        "metric_name": metric.name,
        "dimensions": metric.dimensions(watched) or None,
        "period": alarm.period,
        **_statistic(metric.statistic),
    }


def _queries(alarm: Alarm, watched: Watched) -> dict[str, Any]:
    bindings = aws.cloudwatch_metric_alarm
    queries = [
        bindings.CloudwatchMetricAlarmMetricQuery(
            id="result", expression=alarm.expression, label=alarm.slug, return_data=True
        )
    ]
    queries += [
        bindings.CloudwatchMetricAlarmMetricQuery(
            id=id_,
            metric=bindings.CloudwatchMetricAlarmMetricQueryMetric(
                namespace=metric.namespace(watched),
                metric_name=metric.name,
                dimensions=metric.dimensions(watched) or None,
                period=alarm.period,
                stat=metric.statistic,
            ),
        )
        for id_, metric in alarm.metrics.items()
    ]
    return {"metric_query": queries}
