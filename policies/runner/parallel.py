"""Checks several stacks at once, each in one of as many processes as there are cores."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from ..stack.problems import Failure
from .inputs import Input
from .report import Report

Job = Callable[[Input], Report]


def processes() -> int:
    """How many are worth it here: only Linux gives a copy of this process away without loading all again."""
    return os.cpu_count() or 1 if sys.platform == "linux" else 1


def each(job: Job, inputs: Sequence[Input], *, at_once: int) -> Iterator[Report]:
    """What ``job`` reports of each of ``inputs``, in their order. Processes get ``job`` as it is here, not sent."""
    if min(at_once, len(inputs)) < 2:
        yield from map(job, inputs)
        return
    with ProcessPoolExecutor(
        min(at_once, len(inputs)), mp_context=get_context("fork"), initializer=_keep, initargs=(job,)
    ) as pool:
        for input_, done in [(input_, pool.submit(_run, input_)) for input_ in inputs]:
            try:
                yield done.result()
            except BrokenProcessPool:
                message = "its process ended before it was checked (out of memory?): check fewer at once"
                yield Report(failures=[Failure("broke-off", str(input_.synthesized or input_.plan), message)])


_kept: list[Job] = []


def _keep(job: Job) -> None:
    _kept[:] = [job]


def _run(input_: Input) -> Report:
    return _kept[0](input_)
