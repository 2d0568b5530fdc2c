"""Calls over several tasks by least outstanding requests, as the load balancer's target group sends them.

It never notices that a task is unhealthy: a task that fails fast gets more calls, and none is spared a failure.
"""

import itertools
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.gateway.tasks import Task
from tests.gateway.trust import eventually

GOOD, BAD = b'{"videoName":"good"}', b'{"webhook":"https://evil.example/x"}'
_AS_IT_SHOULD: Any = {"read": (200, ""), "write": (200, ""), "forbidden": (403, "body_host_not_allowed")}
WRITERS, _READERS = 5, 2


@dataclass(frozen=True)
class Call:
    """One call: when it began and ended, in monotonic seconds, at which task, and what it got."""

    kind: str
    task: Task
    began: float
    ended: float
    status: int
    code: str

    @property
    def failed(self) -> bool:
        """Whether it got something else than it would get from whole tasks."""
        return (self.status, self.code) != _AS_IT_SHOULD[self.kind]


class Balancer:
    """Sends each call to the task with the fewest under way; those with as few take turns."""

    def __init__(self, tasks: list[Task]) -> None:
        self._flights = dict.fromkeys(range(len(tasks)), 0)
        self._tasks, self._turn, self._lock = tasks, itertools.count(), threading.Lock()
        self.calls: list[Call] = []

    def call(self, kind: str, token: str) -> None:
        """Makes a call of ``kind`` and keeps what came of it."""
        with self._lock:
            start = next(self._turn)
            order = [(start + offset) % len(self._tasks) for offset in range(len(self._tasks))]
            chosen = min(order, key=self._flights.__getitem__)
            self._flights[chosen] += 1
        task, began = self._tasks[chosen], time.monotonic()
        try:
            reply = (
                task.call(token) if kind == "read" else task.write(token, GOOD if kind == "write" else BAD)
            )
            status, code = reply.status, "" if reply.status == 200 else json.loads(reply.body)["code"]
        except OSError as error:
            status, code = 0, type(error).__name__
        finally:
            with self._lock:
                self._flights[chosen] -= 1
        self.calls.append(Call(kind, task, began, time.monotonic(), status, code))

    @contextmanager
    def load(self, token: str) -> Iterator[None]:
        """Calls all the time, of every kind; begins once each task has answered some."""
        stop = threading.Event()

        def caller(kinds: Iterator[str]) -> None:
            while not stop.is_set():
                self.call(next(kinds), token)

        kinds = [["write", "forbidden"]] * WRITERS + [["read"]] * _READERS
        with ThreadPoolExecutor(len(kinds)) as pool:
            running = [pool.submit(caller, itertools.cycle(of_one)) for of_one in kinds]
            try:
                self.wait_for_calls()
                yield
            finally:
                stop.set()
            for one in running:
                one.result(20)

    def wait_for_calls(self, count: int = 40) -> None:
        """Until every task has answered ``count`` more."""
        before = len(self.calls)

        def answered() -> bool:
            new = self.calls[before:]
            return all(sum(call.task is task for call in new) >= count for task in self._tasks)

        eventually(answered, what=f"{count} more calls of every task", seconds=30)

    def failed(self) -> list[Call]:
        """The calls that failed so far."""
        return [call for call in self.calls if call.failed]
