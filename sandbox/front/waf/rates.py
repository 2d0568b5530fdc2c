"""Counting for rate-based statements: a moving window for each address or custom key."""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

Clock = Callable[[], float]

_SLICES: Final = 30
_MOST_KEYS: Final = 10_000
"""WAF keeps count of so many aggregates at once."""


class RateCounter:
    """Requests by key in the last ``window_seconds``, in slices, so that old ones leave bit by bit.

    WAF itself estimates every few seconds; here a request is over the limit from the very next one on.
    """

    def __init__(self, *, limit: int, window_seconds: int, clock: Clock = time.monotonic) -> None:
        self._limit = limit
        self._slice_seconds = window_seconds / _SLICES
        self._clock = clock
        self._slices: dict[tuple[bytes, ...], deque[list[int]]] = {}

    def is_over(self, key: tuple[bytes, ...]) -> bool:
        """Count one request of ``key``; whether it is one above the limit."""
        now = int(self._clock() / self._slice_seconds)
        slices = self._slices.get(key)
        if slices is None:
            if len(self._slices) >= _MOST_KEYS:
                self._forget(now)
            slices = self._slices[key] = deque()
        while slices and slices[0][0] <= now - _SLICES:
            slices.popleft()
        if slices and slices[-1][0] == now:
            slices[-1][1] += 1
        else:
            slices.append([now, 1])
        return sum(count for _, count in slices) > self._limit

    def _forget(self, now: int) -> None:
        quiet = [key for key, slices in self._slices.items() if not slices or slices[-1][0] <= now - _SLICES]
        # When none is quiet, the one that was first seen goes.
        for key in quiet or [next(iter(self._slices))]:
            del self._slices[key]
