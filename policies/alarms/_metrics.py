"""The metrics that an alarm looks at."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..stack.resource import Resource, blocks


def metrics(alarm: Resource) -> Iterator[Mapping[str, Any]]:
    """Each metric with its namespace, name and dimensions: the alarm's own, and those of its queries."""
    if alarm.get("metric_name") is not None:
        yield alarm.values
    for query in alarm.blocks("metric_query"):
        yield from blocks(query.get("metric"), "metric_query.metric")
