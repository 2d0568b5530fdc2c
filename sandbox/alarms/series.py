"""Metrics as values in periods, and CloudWatch's statistics over them."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.alarms.errors import UnsupportedError

Series = Mapping[int, float]
"""A value by the index of its period, 0 the newest; a period without data has none."""


@dataclass(frozen=True)
class Window:
    """One period: from ``start`` to before ``end``, both seconds since the epoch."""

    start: int
    end: int


def windows(*, end: int, period: int, count: int) -> list[Window]:
    """``count`` periods of ``period`` seconds back from ``end``, newest first."""
    return [Window(end - (index + 1) * period, end - index * period) for index in range(count)]


@dataclass(frozen=True, order=True)
class MetricId:
    """What tells one metric from another; ``dimensions`` are sorted."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str]) -> "MetricId":
        """With ``dimensions`` by name."""
        return cls(namespace, name, tuple(sorted(dimensions.items())))

    def __str__(self) -> str:
        shown = "".join(f" {name}={value}" for name, value in self.dimensions)
        return f"{self.namespace}/{self.name}{shown}"


def statistic(name: str, *, where: str) -> Callable[[Sequence[float]], float]:
    """A statistic over raw values, of which there is at least one.

    Raises
    ------
    UnsupportedError
        It is not known here.
    """
    if name in _STATISTICS:
        return _STATISTICS[name]
    if name.startswith("p"):
        try:
            share = float(name[1:])
        except ValueError:
            share = -1.0
        if 0 <= share <= 100:
            return lambda values: percentile(values, share)
    raise UnsupportedError(f"{where}: statistic {name!r} is not evaluated here")


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` percent of ``values`` lie, between neighbours by proportion."""
    ordered = sorted(values)
    position = (len(ordered) - 1) * share / 100
    below, above = ordered[math.floor(position)], ordered[math.ceil(position)]
    return below + (above - below) * (position - math.floor(position))


_STATISTICS: Final[dict[str, Callable[[Sequence[float]], float]]] = {
    "Sum": math.fsum,
    "Average": lambda values: math.fsum(values) / len(values),
    "Minimum": min,
    "Maximum": max,
    "SampleCount": lambda values: float(len(values)),
}
