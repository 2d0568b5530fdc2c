"""The report as SARIF 2.1.0, which code-scanning pages read."""

import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from ..policy.policy import Severity
from ..policy.verdict import Outcome
from ..stack.acknowledgement import Acknowledgement
from .report import Exit, Finding, Report, Rule, worst_first

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {
    Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note",
}  # fmt: skip
# What code-scanning pages sort by, on CVSS's scale of 0 to 10.
_SCORES: Final = {
    Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0",
}  # fmt: skip


def written(report: Report) -> str:
    """The log as text."""
    return json.dumps(sarif(report), indent=2) + "\n"


def sarif(report: Report) -> dict[str, Any]:
    """The SARIF log."""
    rules = report.rules()
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    results = [_result(finding, numbers, None) for finding in worst_first(report.findings)]
    results += [_result(a.finding, numbers, a.acknowledgement) for a in report.accepted]
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "pictory-egress policies", "rules": [_rule(rule) for rule in rules]},
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": report.exit is not Exit.NOT_CHECKED,
                        "exitCode": int(report.exit),
                        "toolExecutionNotifications": [
                            {
                                "level": "error",
                                "message": {"text": str(failure)},
                                "descriptor": {"id": failure.name},
                            }
                            for failure in report.failures
                        ],
                    }
                ],
                "results": results,
            }
        ],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    policy = rule.policy
    tags = ["security"]
    if policy:
        tags += [policy.practice.value, *policy.owasp]
        tags += [f"AWS-FSBP/{control}" for control in policy.fsbp]
        tags += [f"CIS-AWS-3.0/{control}" for control in policy.cis]
    described: dict[str, Any] = {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": tags, "security-severity": _SCORES[rule.severity]},
    }
    if rule.why:
        described["fullDescription"] = {"text": rule.why}
    if rule.remedy:
        described["help"] = {"text": rule.remedy}
    if rule.link:
        described["helpUri"] = rule.link
    return described


def _result(finding: Finding, numbers: dict[str, int], accepted: Acknowledgement | None) -> dict[str, Any]:
    is_unknown = finding.outcome is Outcome.UNKNOWN
    message = "; ".join(finding.reasons) or finding.rule.title
    result: dict[str, Any] = {
        "ruleId": finding.rule.id,
        "ruleIndex": numbers[finding.rule.id],
        "kind": "review" if is_unknown else "fail",
        # The format wants no level of what is not a failure.
        "level": "none" if is_unknown else _LEVELS[finding.rule.severity],
        "message": {"text": f"{finding.construct or finding.address}: {message}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(Path(finding.file).as_posix())},
                    "region": {"startLine": finding.line},
                },
                "logicalLocations": [
                    {"name": finding.address, "fullyQualifiedName": finding.construct or finding.address}
                ],
            }
        ],
        "partialFingerprints": {"policyAndResource": f"{finding.rule.id}/{finding.stack}/{finding.address}"},
    }
    if accepted:
        justification = f"{accepted.reason} ({accepted.owner}, until {accepted.until})"
        result["suppressions"] = [{"kind": "inSource", "status": "accepted", "justification": justification}]
    return result
