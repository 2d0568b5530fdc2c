"""Two runs of the function at once, switched where a test says, so that each order can be played again."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class _Runner:
    """One run: it waits at each call to AWS for its turn."""

    work: Callable[[], None]
    turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    at_rest: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    ended: bool = False

    def run(self) -> None:
        self.turn.acquire()
        try:
            self.work()
        finally:
            self.ended = True
            self.at_rest.release()

    def rest(self) -> None:
        self.at_rest.release()
        self.turn.acquire()

    def go_on(self) -> None:
        """Up to its next call to AWS, or to its end."""
        if not self.ended:
            self.turn.release()
            self.at_rest.acquire()


def at_once(aws: Any, works: Sequence[Callable[[], None]], turns: Sequence[int]) -> None:
    """Run ``works`` in threads of which one moves at a time: by ``turns``, then each to its end."""
    runners = [_Runner(work) for work in works]
    threads = [threading.Thread(target=runner.run, daemon=True) for runner in runners]
    for thread in threads:
        thread.start()
    by_thread = {thread.ident: runner for thread, runner in zip(threads, runners, strict=True)}
    aws.before = lambda number, name: by_thread[threading.get_ident()].rest()
    for turn in turns:
        runners[turn].go_on()
    for runner, thread in zip(runners, threads, strict=True):
        while not runner.ended:
            runner.go_on()
        thread.join()
    aws.before = lambda number, name: None
