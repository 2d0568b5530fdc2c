"""The dashboard: panels over the same metrics and alarms, and the questions asked of the logs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pictory_egress.monitoring import metrics as m
from pictory_egress.monitoring.alarms import Alarm
from pictory_egress.monitoring.metrics import Metric
from pictory_egress.monitoring.watched import LogSource, Watched

_COLUMNS, _HEIGHT = 24, 6


@dataclass(frozen=True)
class Panel:
    """Metrics on one graph; ``statistics`` in place of each metric's own."""

    title: str
    metrics: tuple[Metric, ...]
    statistics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """A table that Logs Insights makes; it costs nothing until it is looked at."""

    title: str
    group: LogSource
    query: str


PANELS: Final = (
    Panel("Calls", (m.CALLS, m.ALLOWED, m.UNAUTHENTICATED, m.FORBIDDEN)),
    Panel("Failures", (m.UPSTREAM_ERRORS, m.GATEWAY_ERRORS, m.NO_CREDENTIAL, m.BALANCER_ERRORS)),
    Panel("Duration of calls let through", (m.DURATION,), ("p50", "p95", "p99")),
    Panel("What Pictory answers", (m.KEY_REFUSED, m.EDGE_REFUSED, m.RATE_LIMITED)),
    Panel("The way in", (m.BALANCER_CALLS, m.BLOCKED)),
    Panel("Tasks", (m.HEALTHY, m.UNHEALTHY, m.HEARTBEATS, m.PROCESS_ENDS)),
    Panel("Age of the key", (m.CREDENTIAL_AGE,)),
    Panel("Taking over a key", (m.KEY_UNCONFIRMED, m.ROTATION_OPEN, m.ROTATION_HALF_FINISHED)),
    Panel(
        "Rotation",
        (
            m.ROTATION_ERRORS,
            m.ROTATION_TIMEOUTS,
            m.CANDIDATE_NEEDED,
            m.CANDIDATE_REFUSED,
            m.DEAD_LETTERS,
            m.CREDENTIAL_FAILURES,
            m.REGISTRY_FAILURES,
        ),
    ),
)

TUNNEL_PANELS: Final = (
    Panel("Tunnels", (m.TUNNELS, m.TUNNELS_REFUSED, m.TUNNELS_FAILED, m.TUNNELS_HEALTHY)),
    Panel("Sent through tunnels", (m.TUNNELS_UPLOADED,)),
)
TUNNEL_QUESTIONS: Final = (
    Question(
        "Tunnels by client", "gateway",
        'filter kind = "tunnel" | stats count(*) as tunnels, sum(bytes_received) as uploaded, '
        "sum(bytes_sent) as downloaded by client, host, reason | sort tunnels desc | limit 25",
    ),
)  # fmt: skip
"""Shown where there are tunnels."""

QUESTIONS: Final = (
    Question(
        "Calls by client", "gateway",
        'filter kind = "access" | stats count(*) as calls, pct(duration_ms, 95) as p95_ms '
        "by client, decision | sort calls desc | limit 25",
    ),
    Question(
        "Refusals by reason", "gateway",
        'filter kind = "access" and decision = "refuse" | stats count(*) as calls by reason, client '
        "| sort calls desc | limit 25",
    ),
    Question(
        "Operations", "gateway",
        'filter kind = "access" and decision = "allow" | stats count(*) as calls, '
        "pct(duration_ms, 95) as p95_ms, sum(status >= 500) as failed by operation "
        "| sort calls desc | limit 25",
    ),
    Question(
        "Rotations", "rotation",
        'filter kind = "rotation" | fields @timestamp, step, event, reason | sort @timestamp desc | limit 25',
    ),
)  # fmt: skip


def body(
    watched: Watched, alarms: Sequence[Alarm], *, alarm_arns: Sequence[str], runbook_url: str
) -> dict[str, Any]:
    """The dashboard as CloudWatch reads it: state of the alarms, graphs, tables."""
    shares = [_shares(alarm, watched) for alarm in alarms if alarm.expression and len(alarm.metrics) > 1]
    tunnels = watched.gateway.tunnels is not None
    panels = (*PANELS, *(TUNNEL_PANELS if tunnels else ()))
    questions = (*QUESTIONS, *(TUNNEL_QUESTIONS if tunnels else ()))
    graphs = [_graph(panel, watched, alarms) for panel in panels]
    tables = [_table(question, watched) for question in questions]
    widgets: list[dict[str, Any]] = [
        {
            "type": "text", "x": 0, "y": 0, "width": _COLUMNS, "height": 1,
            "properties": {"markdown": f"**{watched.name}** · [runbooks]({runbook_url})"},
        },
        {
            "type": "alarm", "x": 0, "y": 1, "width": _COLUMNS, "height": 3,
            "properties": {"title": "Alarms", "alarms": list(alarm_arns)},
        },
    ]  # fmt: skip
    for row, (width, kind, properties) in _rows(graphs, shares, tables):
        widgets.append(
            {"type": kind, "x": row[0], "y": row[1] + 4, "width": width, "height": _HEIGHT, **properties}
        )
    return {"widgets": widgets}


def _rows(
    graphs: Sequence[dict[str, Any]], shares: Sequence[dict[str, Any]], tables: Sequence[dict[str, Any]]
) -> list[tuple[tuple[int, int], tuple[int, str, dict[str, Any]]]]:
    placed, top = [], 0
    for kind, width, items in (("metric", 6, graphs), ("metric", 6, shares), ("log", 12, tables)):
        per_row = _COLUMNS // width
        for index, properties in enumerate(items):
            place = (index % per_row * width, top + index // per_row * _HEIGHT)
            placed.append((place, (width, kind, {"properties": properties})))
        top += -(-len(items) // per_row) * _HEIGHT
    return placed


def _line(metric: Metric, watched: Watched, options: Mapping[str, Any]) -> list[Any]:
    dimensions = [part for pair in metric.dimensions(watched).items() for part in pair]
    return [metric.namespace(watched), metric.name, *dimensions, dict(options)]


def _graph(panel: Panel, watched: Watched, alarms: Sequence[Alarm]) -> dict[str, Any]:
    lines = [
        _line(
            metric,
            watched,
            {"label": f"{metric.title} {statistic}".strip(), "stat": statistic or metric.statistic},
        )
        for metric in panel.metrics
        for statistic in panel.statistics or ("",)
    ]
    limits = [
        {"label": alarm.slug, "value": alarm.threshold}
        for alarm in alarms
        if not alarm.expression and set(alarm.metrics.values()) <= set(panel.metrics)
    ]
    return _properties(panel.title, lines, limits, watched)


def _shares(alarm: Alarm, watched: Watched) -> dict[str, Any]:
    lines: list[list[Any]] = [[{"id": "result", "expression": alarm.expression, "label": alarm.slug}]]
    lines += [
        _line(metric, watched, {"id": id_, "stat": metric.statistic, "visible": False})
        for id_, metric in alarm.metrics.items()
    ]
    return _properties(
        alarm.slug, lines, [{"label": alarm.slug, "value": alarm.threshold}], watched, alarm.period
    )


def _properties(
    title: str, lines: list[list[Any]], limits: list[dict[str, Any]], watched: Watched, period: int = 300
) -> dict[str, Any]:
    return {
        "title": title,
        "view": "timeSeries",
        "region": watched.region,
        "period": period,
        "metrics": lines,
        "annotations": {"horizontal": limits},
        "yAxis": {"left": {"min": 0}},
    }


def _table(question: Question, watched: Watched) -> dict[str, Any]:
    return {
        "title": question.title,
        "view": "table",
        "region": watched.region,
        "query": f"SOURCE '{watched.log_group(question.group)}' | {question.query}",
    }
