"""What the stand-in saw: enough to prove what reached Pictory, and no value of any credential."""

from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Final

from sandbox.pictory.values import JsonObject, JsonValue

KEPT: Final = 20_000
"""Requests kept; older ones stay in the counts only."""


@dataclass(frozen=True, kw_only=True)
class SeenRequest:
    """One request. ``headers`` are names in lower case, sorted; ``key_id`` names the key that it carried.

    ``hosts`` are those that the body names anywhere. ``status`` is 0 when no answer was sent.
    """

    number: int
    time: str
    method: str
    path: str
    headers: tuple[str, ...]
    key_id: str | None
    operation: str | None
    body_bytes: int
    hosts: tuple[str, ...]
    status: int


class Journal:
    """Requests in the order in which they were answered."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._seen: deque[SeenRequest] = deque(maxlen=KEPT)
        self._total = 0
        self._by_status: Counter[str] = Counter()
        self._by_key: Counter[str] = Counter()
        self._by_operation: Counter[str] = Counter()

    def next_number(self) -> int:
        """Number of the next request."""
        self._total += 1
        return self._total

    def add(self, request: SeenRequest) -> None:
        """Write one down."""
        self._seen.append(request)
        self._by_status[str(request.status)] += 1
        self._by_key[request.key_id or "unknown"] += 1
        self._by_operation[request.operation or "unknown"] += 1

    def after(self, number: int) -> list[JsonValue]:
        """Requests with a higher number."""
        return [_plain(request) for request in self._seen if request.number > number]

    def counts(self) -> JsonObject:
        """How many, in all and by status, key and operation."""
        return {
            "total": self._total,
            "by_status": dict(self._by_status),
            "by_key": dict(self._by_key),
            "by_operation": dict(self._by_operation),
        }


def _plain(request: SeenRequest) -> JsonObject:
    return {**asdict(request), "headers": list(request.headers), "hosts": list(request.hosts)}
