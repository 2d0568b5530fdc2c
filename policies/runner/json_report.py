"""The report as JSON, for programs: everything that the report for people says."""

import json
from typing import Any

from ..policy.verdict import Outcome
from ..stack.acknowledgement import Acknowledgement
from .report import Exit, Finding, Report, worst_first

_ENDS = {Exit.OK: "ok", Exit.FINDINGS: "findings", Exit.NOT_CHECKED: "not_checked"}


def written(report: Report) -> str:
    """The document as text."""
    return json.dumps(document(report), indent=2) + "\n"


def document(report: Report) -> dict[str, Any]:
    """``outcome`` is ok, findings or not_checked, as the exit code says; lists are empty where there is nothing."""
    return {
        "version": 1,
        "outcome": _ENDS[report.exit],
        "exit_code": int(report.exit),
        "policies": report.policies,
        "checked": [
            {
                "stack": checked.stack,
                "file": checked.file,
                "kind": "plan" if checked.is_plan else "stack",
                "resources": checked.resources,
                "verdicts": checked.verdicts,
            }
            for checked in report.checked
        ],
        "findings": [_finding(finding) for finding in worst_first(report.findings)],
        "acknowledged": [
            {**_finding(accepted.finding), **_acknowledgement(accepted.acknowledgement)}
            for accepted in report.accepted
        ],
        "failures": [
            {"name": failure.name, "where": failure.where, "message": failure.message}
            for failure in report.failures
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "policy": finding.rule.id,
        "title": finding.rule.title,
        "severity": finding.rule.severity.value,
        "outcome": "unknown" if finding.outcome is Outcome.UNKNOWN else "fail",
        "stack": finding.stack,
        "construct": finding.construct,
        "resource": finding.address,
        "file": finding.file,
        "line": finding.line,
        "kind": "plan" if finding.is_plan else "stack",
        "reasons": list(finding.reasons),
        "why": finding.rule.why,
        "remedy": finding.rule.remedy or finding.rule.link,
    }


def _acknowledgement(given: Acknowledgement) -> dict[str, str]:
    return {"reason": given.reason, "owner": given.owner, "until": given.until.isoformat()}
