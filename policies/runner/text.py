"""The report for people: where, why, and how to mend it."""

import textwrap
from collections.abc import Iterator
from itertools import groupby

from ..policy.verdict import Outcome
from .report import Exit, Finding, Report, worst_first

_WIDTH = 110


def text(report: Report) -> str:
    """The whole report."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    for _, group in groupby(worst_first(report.findings), key=lambda finding: finding.rule.id):
        yield from _rule(list(group))
    if report.accepted:
        yield "Acknowledged:"
        for accepted in report.accepted:
            finding, given = accepted.finding, accepted.acknowledgement
            yield f"  {finding.rule.id}  {_where(finding)}"
            yield f"    until {given.until}, {given.owner}: {given.reason}"
        yield ""
    for failure in report.failures:
        yield f"NOT CHECKED  {failure.name}  {failure.where}"
        yield from _wrapped(failure.message)
    if report.failures:
        yield ""
    for checked in report.checked:
        kind = "plan" if checked.is_plan else "stack"
        yield f"{kind} {checked.stack}: {checked.resources} resources, {checked.verdicts} verdicts  ({checked.file})"
    yield _summary(report)


def _rule(findings: list[Finding]) -> Iterator[str]:
    rule = findings[0].rule
    yield f"{rule.severity.upper()}  {rule.id}  {rule.title}"
    for finding in findings:
        unknown = "  (unknown, which is no pass)" if finding.outcome is Outcome.UNKNOWN else ""
        yield f"  {_where(finding)}{unknown}"
        for reason in finding.reasons:
            yield from _wrapped(reason)
    if rule.why:
        yield from _wrapped(f"Why: {rule.why}", indent=2)
    if rule.remedy or rule.link:
        yield from _wrapped(f"Mend: {rule.remedy or rule.link}", indent=2)
    yield ""


def _where(finding: Finding) -> str:
    construct = finding.construct or finding.stack
    plan = ", planned" if finding.is_plan else ""
    return f"{construct}  ({finding.address}, {finding.file}:{finding.line}{plan})"


def _wrapped(words: str, *, indent: int = 4) -> list[str]:
    return textwrap.wrap(words, _WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent)


def _summary(report: Report) -> str:
    unknown = sum(finding.outcome is Outcome.UNKNOWN for finding in report.findings)
    words = (
        f"{len(report.findings) - unknown} findings, {unknown} unknown, {len(report.accepted)} acknowledged"
    )
    match report.exit:
        case Exit.OK:
            return f"All policies hold: {words}; {report.policies} policies of ours, and checkov's."
        case Exit.FINDINGS:
            return f"Policies are broken: {words}."
        case _:
            return f"NOT CHECKED, which is no pass: {len(report.failures)} failures; {words}."
