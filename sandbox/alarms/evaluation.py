"""Reads the deployed alarms, gathers what they look at, and gives a verdict for each."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sandbox.alarms.alarm import MetricAlarm, metric_alarm
from sandbox.alarms.errors import UnsupportedError
from sandbox.alarms.expression import Scope
from sandbox.alarms.judging import judge
from sandbox.alarms.metric_filters import MetricFilter, Points, points, read_filters
from sandbox.alarms.series import MetricId, Series, Window, statistic, windows
from sandbox.aws.alarm_rule import RuleError
from sandbox.aws.alarm_rule import parse as parse_rule

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.client import CloudWatchClient
    from mypy_boto3_logs.client import CloudWatchLogsClient

_MINUTE: Final = 60


@dataclass(frozen=True, kw_only=True)
class AlarmVerdict:
    """What CloudWatch would say of one alarm: ``state`` is OK, ALARM or INSUFFICIENT_DATA, ``reason`` why."""

    name: str
    state: str
    reason: str


def evaluate(client: Callable[[str], Any], *, at: datetime | None = None) -> list[AlarmVerdict]:
    """The state of every deployed alarm, metric alarms first.

    Parameters
    ----------
    client
        Makes a boto3 client for ``logs`` and for ``cloudwatch``.
    at
        When to look, with a time zone; now by default. The minute it falls in counts whole.

    Raises
    ------
    UnsupportedError
        An alarm, an expression or a filter is not understood; it is named.
    """
    cloudwatch: CloudWatchClient = client("cloudwatch")
    end = math.ceil((at or datetime.now(UTC)).timestamp() / _MINUTE) * _MINUTE
    pages = list(
        cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    )
    alarms = [metric_alarm(each) for page in pages for each in page.get("MetricAlarms", ())]
    data = _Data(client("logs"), cloudwatch, alarms, end)
    verdicts = [_verdict(alarm, data) for alarm in alarms]
    composites: list[Any] = [each for page in pages for each in page.get("CompositeAlarms", ())]
    return [*verdicts, *composite_verdicts(composites, verdicts)]


def _verdict(alarm: MetricAlarm, data: "_Data") -> AlarmVerdict:
    known: dict[str, Series] = {}
    for query in alarm.queries:
        if query.metric is not None:
            known[query.id] = data.series(query.metric, query.statistic, alarm)
    waiting = [query for query in alarm.queries if query.expression is not None]
    while waiting:
        ready = [query for query in waiting if query.expression and query.expression.names <= known.keys()]
        if not ready:
            raise UnsupportedError(f"alarm {alarm.name}: its expressions name each other in a circle")
        for query in ready:
            assert query.expression is not None
            known[query.id] = query.expression.evaluate(Scope(known, alarm.looked_at))
            waiting.remove(query)
    judgement = judge(alarm, known[alarm.result])
    return AlarmVerdict(name=alarm.name, state=judgement.state, reason=judgement.reason)


def composite_verdicts(
    found: Sequence[Mapping[str, Any]], verdicts: Iterable[AlarmVerdict]
) -> list[AlarmVerdict]:
    """Verdicts of composite alarms, given as ``describe_alarms`` does, over those of other alarms.

    Raises
    ------
    UnsupportedError
        A rule is malformed, names an alarm that does not exist, or is part of a circle.
    """
    states = {verdict.name: verdict.state for verdict in verdicts}
    rules = {}
    for each in found:
        try:
            rules[each["AlarmName"]] = parse_rule(each["AlarmRule"])
        except RuleError as error:
            raise UnsupportedError(f"composite alarm {each['AlarmName']}: {error}") from None
    made = []
    while rules:
        ready = [name for name, rule in rules.items() if all(alarm in states for alarm in rule.alarms)]
        if not ready:
            name, rule = next(iter(rules.items()))
            missing = [alarm for alarm in rule.alarms if alarm not in states and alarm not in rules]
            what = f"names {', '.join(missing)}, which do not exist" if missing else "is part of a circle"
            raise UnsupportedError(f"composite alarm {name}: it {what}")
        for name in ready:
            rule = rules.pop(name)
            states[name] = "ALARM" if rule.holds(states.__getitem__) else "OK"
            told = ", ".join(f"{alarm} {states[alarm]}" for alarm in rule.alarms)
            made.append(AlarmVerdict(name=name, state=states[name], reason=told))
    return made


class _Data:
    """What alarms look at: values made from logs, or else those that a service published."""

    def __init__(
        self,
        logs: "CloudWatchLogsClient",
        cloudwatch: "CloudWatchClient",
        alarms: Sequence[MetricAlarm],
        end: int,
    ) -> None:
        self._cloudwatch, self._end = cloudwatch, end
        filters = read_filters(logs)
        self._filtered = {(each.namespace, each.metric) for each in filters}
        self._points: Mapping[MetricId, Points] = points(
            logs, filters, since=_since(filters, alarms, end), until=end
        )

    def series(self, metric: MetricId, stat: str, alarm: MetricAlarm) -> Series:
        """Values of ``metric`` in the periods that ``alarm`` looks at."""
        spans = windows(end=self._end, period=alarm.period, count=alarm.looked_at)
        where = f"alarm {alarm.name}: {metric}"
        if (metric.namespace, metric.name) in self._filtered:
            of = statistic(stat, where=where)
            made = self._points.get(metric, [])
            inside = [[value for time, value in made if span.start <= time < span.end] for span in spans]
            return {index: of(values) for index, values in enumerate(inside) if values}
        published = self._published(metric, stat, spans, where)
        return {index: value for index, value in enumerate(published) if value is not None}

    def _published(
        self, metric: MetricId, stat: str, spans: Sequence[Window], where: str
    ) -> list[float | None]:
        if stat not in _COMBINED:
            raise UnsupportedError(f"{where}: statistic {stat!r} of a published metric is not evaluated here")
        # By the second: asked for longer periods, moto begins them at the first value instead of the clock.
        answer: Any = self._cloudwatch.get_metric_statistics(
            Namespace=metric.namespace,
            MetricName=metric.name,
            Dimensions=[{"Name": name, "Value": value} for name, value in metric.dimensions],
            StartTime=datetime.fromtimestamp(spans[-1].start, UTC),
            EndTime=datetime.fromtimestamp(spans[0].end, UTC),
            Period=1,
            Statistics=["Sum", "Minimum", "Maximum", "SampleCount"],
        )
        combine = _COMBINED[stat]
        inside = [
            [each for each in answer["Datapoints"] if span.start <= each["Timestamp"].timestamp() < span.end]
            for span in spans
        ]
        return [combine(each) if each else None for each in inside]


_COMBINED: Final[dict[str, Callable[[list[Any]], float]]] = {
    "Sum": lambda points: math.fsum(each["Sum"] for each in points),
    "Minimum": lambda points: float(min(each["Minimum"] for each in points)),
    "Maximum": lambda points: float(max(each["Maximum"] for each in points)),
    "SampleCount": lambda points: math.fsum(each["SampleCount"] for each in points),
    "Average": lambda points: (
        math.fsum(each["Sum"] for each in points) / math.fsum(each["SampleCount"] for each in points)
    ),
}


def _since(filters: Iterable[MetricFilter], alarms: Iterable[MetricAlarm], end: int) -> dict[str, int]:
    """How far back each log group has to be read for the alarms that look at its metrics."""
    longest: dict[tuple[str, str], int] = {}
    for alarm in alarms:
        for query in alarm.queries:
            if query.metric is not None:
                key = (query.metric.namespace, query.metric.name)
                longest[key] = max(longest.get(key, 0), alarm.looked_at * alarm.period)
    since: dict[str, int] = {}
    for each in filters:
        seconds = longest.get((each.namespace, each.metric))
        if seconds is not None:
            since[each.log_group] = min(since.get(each.log_group, end), end - seconds)
    return since
