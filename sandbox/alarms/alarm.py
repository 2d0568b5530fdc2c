"""Deployed alarms as data: what they look at, and when they go on."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sandbox.alarms.errors import UnsupportedError
from sandbox.alarms.expression import Expression, parse
from sandbox.alarms.series import MetricId

_COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_MISSING: Final = ("missing", "ignore", "breaching", "notBreaching")
_EXTRA_PERIODS: Final = 2
"""CloudWatch looks at more periods than it evaluates when data is missing; its own examples show two more."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """One metric of an alarm, or an expression over others."""

    id: str
    metric: MetricId | None = None
    statistic: str = ""
    expression: Expression | None = None


@dataclass(frozen=True, kw_only=True)
class MetricAlarm:
    """An alarm over one metric or one expression. ``period`` is in seconds; ``result`` is the query that decides."""

    name: str
    queries: tuple[Query, ...]
    result: str
    period: int
    evaluations: int
    datapoints: int
    threshold: float
    comparison: str
    missing: str
    state: str

    @property
    def looked_at(self) -> int:
        """How many periods are looked at."""
        return self.evaluations + _EXTRA_PERIODS

    def breaches(self, value: float) -> bool:
        """Whether ``value`` is beyond the threshold."""
        return _COMPARISONS[self.comparison](value, self.threshold)


def metric_alarm(found: Mapping[str, Any]) -> MetricAlarm:
    """From what ``describe_alarms`` says.

    Raises
    ------
    UnsupportedError
        Something of the alarm is not evaluated here; the alarm is named.
    """
    name = found["AlarmName"]
    where = f"alarm {name}"
    if found.get("ThresholdMetricId"):
        raise UnsupportedError(f"{where}: anomaly detection is not evaluated here")
    comparison = found["ComparisonOperator"]
    if comparison not in _COMPARISONS:
        raise UnsupportedError(f"{where}: comparison {comparison!r} is not evaluated here")
    missing = found.get("TreatMissingData") or "missing"
    if missing not in _MISSING:
        raise UnsupportedError(f"{where}: missing data treated as {missing!r} is not evaluated here")
    queries, period = _queries(found, where) if found.get("Metrics") else _single(found)
    return MetricAlarm(
        name=name,
        queries=tuple(queries),
        result=_result(found, where) if found.get("Metrics") else queries[0].id,
        period=period,
        evaluations=int(found["EvaluationPeriods"]),
        datapoints=int(found.get("DatapointsToAlarm") or found["EvaluationPeriods"]),
        threshold=float(found["Threshold"]),
        comparison=comparison,
        missing=missing,
        state=found.get("StateValue", "INSUFFICIENT_DATA"),
    )


def _single(found: Mapping[str, Any]) -> tuple[list[Query], int]:
    statistic = found.get("ExtendedStatistic") or found.get("Statistic") or ""
    return [Query(id="metric", metric=_metric(found), statistic=statistic)], int(found["Period"])


def _queries(found: Mapping[str, Any], where: str) -> tuple[list[Query], int]:
    queries, periods = [], set()
    for each in found["Metrics"]:
        if each.get("Expression"):
            expression = parse(each["Expression"], where=where)
            queries.append(Query(id=each["Id"], expression=expression))
            continue
        stat = each["MetricStat"]
        periods.add(int(stat["Period"]))
        queries.append(Query(id=each["Id"], metric=_metric(stat["Metric"]), statistic=stat["Stat"]))
    if len(periods) != 1:
        raise UnsupportedError(f"{where}: its metrics need one period, not {sorted(periods)}")
    known = {query.id for query in queries}
    for query in queries:
        unknown = sorted(query.expression.names - known) if query.expression else []
        if unknown:
            raise UnsupportedError(
                f"{where}: expression {query.id!r} names unknown metrics {', '.join(unknown)}"
            )
    return queries, periods.pop()


def _result(found: Mapping[str, Any], where: str) -> str:
    returned = [each["Id"] for each in found["Metrics"] if each.get("ReturnData", True)]
    if len(returned) != 1:
        raise UnsupportedError(f"{where}: one of its metrics must return data, not {returned}")
    return str(returned[0])


def _metric(found: Mapping[str, Any]) -> MetricId:
    dimensions: Sequence[Any] = found.get("Dimensions") or ()
    return MetricId.of(
        found["Namespace"], found["MetricName"], {each["Name"]: each["Value"] for each in dimensions}
    )
