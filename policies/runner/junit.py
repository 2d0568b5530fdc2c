"""The report as JUnit's XML, which build servers show: one suite a file, and one for what could not be checked."""

import re
from collections import defaultdict
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ..policy.verdict import Outcome
from .report import Finding, Report, worst_first

# What XML 1.0 cannot hold, even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_CHECKED = "not checked"


def written(report: Report) -> str:
    """The document as text.

    A finding is a failed test, an acknowledged one is skipped, what could not be checked is an error; a file that
    was read is a test that passed, so that a suite without tests means that nothing was checked.
    """
    root = Element("testsuites", name="pictory-egress policies")
    by_file: dict[str, list[Element]] = defaultdict(list)
    for checked in report.checked:
        name = f"{checked.resources} resources, {checked.verdicts} verdicts"
        by_file[checked.file].append(_case(checked.stack, name))
    for finding in worst_first(report.findings):
        case = _of(finding)
        failure = SubElement(case, "failure", type=_kind(finding), message=_clean(_reasons(finding)))
        failure.text = _clean(f"{finding.file}:{finding.line}\n{finding.rule.why}\n{finding.rule.remedy}")
        by_file[finding.file].append(case)
    for accepted in report.accepted:
        given = accepted.acknowledgement
        case = _of(accepted.finding)
        message = f"{given.reason} ({given.owner}, until {given.until})"
        SubElement(case, "skipped", message=_clean(message))
        by_file[accepted.finding.file].append(case)
    for problem in report.failures:
        case = _case(problem.where, problem.name)
        SubElement(case, "error", type=problem.name, message=_clean(problem.message))
        by_file[_NOT_CHECKED].append(case)
    for file, cases in by_file.items():
        suite = SubElement(root, "testsuite", {"name": _clean(file), **_counts(cases)})
        suite.extend(cases)
    root.attrib.update(_counts([case for cases in by_file.values() for case in cases]))
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _of(finding: Finding) -> Element:
    return _case(
        finding.construct or finding.stack, f"{finding.rule.id} {finding.rule.title} ({finding.address})"
    )


def _case(classname: str, name: str) -> Element:
    return Element("testcase", classname=_clean(classname), name=_clean(name))


def _kind(finding: Finding) -> str:
    return "unknown" if finding.outcome is Outcome.UNKNOWN else str(finding.rule.severity.value)


def _reasons(finding: Finding) -> str:
    return "; ".join(finding.reasons) or finding.rule.title


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def _counts(cases: list[Element]) -> dict[str, str]:
    found = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    counted = {name: sum(case.find(tag) is not None for case in cases) for name, tag in found.items()}
    return {name: str(number) for name, number in {"tests": len(cases), **counted}.items()}
