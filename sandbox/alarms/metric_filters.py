"""Metrics made from logs: the deployed metric filters applied to the shipped events."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sandbox.alarms.errors import UnsupportedError
from sandbox.alarms.pattern import MISSING, Find, Pattern, compile_pattern, compile_selector, parse_json
from sandbox.alarms.series import MetricId

if TYPE_CHECKING:
    from mypy_boto3_logs.client import CloudWatchLogsClient

_MINUTE: Final = 60

Points = list[tuple[float, float]]
"""Times (seconds since the epoch) and values."""


@dataclass(frozen=True, kw_only=True)
class MetricFilter:
    """One transformation of a metric filter. ``default`` is published in minutes with lines but no match."""

    name: str
    log_group: str
    pattern: Pattern
    namespace: str
    metric: str
    value: float | Find
    default: float | None
    dimensions: Mapping[str, Find] = field(default_factory=dict)


def read_filters(logs: "CloudWatchLogsClient") -> list[MetricFilter]:
    """All deployed metric filters.

    Raises
    ------
    UnsupportedError
        A pattern or a value is not understood; the filter is named.
    """
    found: list[Any] = [
        each
        for page in logs.get_paginator("describe_metric_filters").paginate()
        for each in page["metricFilters"]
    ]
    return [
        _compile(each, transformation) for each in found for transformation in each["metricTransformations"]
    ]


def points(
    logs: "CloudWatchLogsClient", filters: Iterable[MetricFilter], *, since: Mapping[str, int], until: int
) -> dict[MetricId, Points]:
    """What ``filters`` make of the events of their log groups.

    ``since`` is where to begin, by log group, and ``until`` where to end (before it); seconds since the epoch.
    Groups that ``since`` leaves out are not read.
    """
    by_group: defaultdict[str, list[MetricFilter]] = defaultdict(list)
    for each in filters:
        by_group[each.log_group].append(each)
    made: defaultdict[MetricId, Points] = defaultdict(list)
    for group, its in by_group.items():
        if group in since:
            _apply(_events(logs, group, since[group], until), its, made)
    return dict(made)


def _apply(
    events: Sequence[tuple[float, str]], filters: Sequence[MetricFilter], made: dict[MetricId, Points]
) -> None:
    parsed = [(time, message, parse_json(message)) for time, message in events]
    minutes = {int(time // _MINUTE) for time, _ in events}
    for each in filters:
        matched = set[int]()
        for time, message, event in parsed:
            if not each.pattern.matches(message, event):
                continue
            matched.add(int(time // _MINUTE))
            value = _value(each, event)
            if value is not None:
                dimensions = {name: str(find(event)) for name, find in each.dimensions.items()}
                made[MetricId.of(each.namespace, each.metric, dimensions)].append((time, value))
        if each.default is not None:
            made[MetricId.of(each.namespace, each.metric, {})] += [
                (float(minute * _MINUTE), each.default) for minute in sorted(minutes - matched)
            ]


def _value(filter_: MetricFilter, event: Any) -> float | None:
    if isinstance(filter_.value, float):
        return filter_.value
    found = MISSING if event is MISSING else filter_.value(event)
    # What is no number is not published.
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def _events(logs: "CloudWatchLogsClient", group: str, since: int, until: int) -> list[tuple[float, str]]:
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, startTime=since * 1_000, endTime=until * 1_000 - 1
    )
    return [(event["timestamp"] / 1_000, event["message"]) for page in pages for event in page["events"]]


def _compile(found: Mapping[str, Any], transformation: Mapping[str, Any]) -> MetricFilter:
    where, value = f"metric filter {found['filterName']}", str(transformation["metricValue"])
    default = transformation.get("defaultValue")
    try:
        number = compile_selector(value) if value.startswith("$") else float(value)
        return MetricFilter(
            name=found["filterName"],
            log_group=found["logGroupName"],
            pattern=compile_pattern(found.get("filterPattern") or ""),
            namespace=transformation["metricNamespace"],
            metric=transformation["metricName"],
            value=number,
            default=None if default is None else float(default),
            dimensions={
                name: compile_selector(selector)
                for name, selector in (transformation.get("dimensions") or {}).items()
            },
        )
    except UnsupportedError as error:
        raise UnsupportedError(f"{where}: {error}") from None
    except ValueError:
        raise UnsupportedError(f"{where}: value {value!r} or default {default!r} is no number") from None
