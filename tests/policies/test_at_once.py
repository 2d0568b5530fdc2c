"""Several stacks checked at once: the same report as one after another, and none is lost."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policies.runner import json_report, parallel
from policies.runner.check import check
from policies.runner.inputs import Input
from policies.runner.report import Checked, Report

BROKEN = {"resource": {"aws_lb": {"b": {"internal": False}}}}


@pytest.mark.parametrize("with_checkov", [False, True])
def test_check_when_at_once_then_reports_what_it_does_one_after_another(
    write_stack: Callable[..., Path], with_checkov: bool
) -> None:
    files = [write_stack(BROKEN | {"//": {"metadata": {"stackName": name}}}, name) for name in "abcde"]
    files[2].write_text("{")
    alone, together = (check(files, with_checkov=with_checkov, at_once=number) for number in (1, 3))
    assert json_report.written(alone) == json_report.written(together)
    assert [checked.stack for checked in together.checked] == ["a", "b", "d", "e"]
    assert [failure.name for failure in together.failures] == ["parse-error"]


def test_each_when_a_process_ends_then_says_which_stacks_were_not_checked() -> None:
    inputs = [Input(Path(name)) for name in ("good", "fatal", "late")]

    def job(input_: Input) -> Report:
        if input_.synthesized == Path("fatal"):
            os._exit(9)
        return Report(checked=[Checked("s", str(input_.synthesized), 1, 1)])

    whole = Report()
    for part in parallel.each(job, inputs, at_once=2):
        whole.add(part)
    broken = {failure.where for failure in whole.failures if failure.name == "broke-off"}
    assert "fatal" in broken
    assert broken | {checked.file for checked in whole.checked} == {"good", "fatal", "late"}


def test_each_when_a_job_raises_then_so_does_it() -> None:
    def job(input_: Input) -> Any:
        raise KeyError(input_.synthesized)

    with pytest.raises(KeyError):
        list(parallel.each(job, [Input(Path("a")), Input(Path("b"))], at_once=2))
