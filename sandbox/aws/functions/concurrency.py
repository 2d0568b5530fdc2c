"""How many invocations of one function run at once."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class ThrottledError(Exception):
    """The function's reserved concurrency is used up."""


class Concurrency:
    """Counts what runs; ``reserved`` is the limit of a function, None for no limit of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()

    @contextmanager
    def slot(self, name: str, *, reserved: int | None) -> Iterator[None]:
        """Hold a slot of the function ``name``; raises ThrottledError when there is none."""
        with self._lock:
            if reserved is not None and self._running[name] >= reserved:
                raise ThrottledError(name)
            self._running[name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[name] -= 1
