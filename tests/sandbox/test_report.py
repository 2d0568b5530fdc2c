"""The table at the end of a sandbox run."""

import io

from sandbox.report import Report


def test_table_when_all_rows_held_then_it_says_so() -> None:
    report = Report(io.StringIO())
    report.row("second plan", "empty", held=True)
    assert report.held
    assert "all 1 held" in report.table()


def test_table_when_a_row_did_not_hold_then_the_run_did_not() -> None:
    report = Report(io.StringIO())
    report.row("second plan", "empty", held=True)
    report.row("key found nowhere", "in state", held=False)
    assert not report.held
    assert "FAILED" in report.table()
    assert "1 of 2 did not hold" in report.table()


def test_report_when_nothing_was_looked_at_then_it_did_not_hold() -> None:
    assert not Report(io.StringIO()).held
