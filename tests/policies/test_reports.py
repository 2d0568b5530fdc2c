"""The outputs: for people, as SARIF, and the reference page."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

from policies.__main__ import main
from policies.policy import catalogue
from policies.runner import reference
from policies.runner.check import check
from policies.runner.report import Exit, Report
from policies.runner.sarif import sarif
from policies.runner.text import text
from tests.policies.sarif_schema import SARIF

PAGE = Path(__file__).parents[2] / "docs" / "policies.md"


@pytest.fixture
def report(write_stack: Callable[..., Path], tmp_path: Path) -> Report:
    """A finding, an unknown verdict, an accepted finding and a failure."""
    accepted = {
        "CKV_PICTORY_61": {"reason": "A key of the trial", "owner": "platform", "until": "2026-03-31"}
    }
    keys = {
        "open": {"//": {"metadata": {"path": "a/Keys/Open"}}},
        "later": {"enable_key_rotation": "${var.rotate}"},
        "accepted": {"//": {"acknowledged": accepted}},
    }
    write_stack({"resource": {"aws_kms_key": keys}})
    (tmp_path / "stacks" / "b").mkdir()
    (tmp_path / "stacks" / "b" / "cdk.tf.json").write_text("{")
    rule = {"keys/rotated": catalogue.load()[0]["keys/rotated"]}
    return check([tmp_path], policies=rule, with_checkov=False, today=date(2026, 1, 1))


def test_text_when_there_is_a_finding_then_says_where_why_and_how_to_mend(report: Report) -> None:
    lines = [line.strip() for line in text(report).splitlines()]
    assert "MEDIUM  CKV_PICTORY_61  Symmetric KMS keys are rotated yearly" in lines
    (where,) = [line for line in lines if line.startswith("a/Keys/Open  (aws_kms_key.open, ")]
    assert where.endswith("cdk.tf.json:4)")
    assert "is never rotated" in lines
    assert "Mend: Set enable_key_rotation = true." in lines
    assert any(line.startswith("Why: ") for line in lines)


def test_text_when_something_is_unknown_accepted_or_unread_then_says_so(report: Report) -> None:
    lines = [line.strip() for line in text(report).splitlines()]
    assert any(line.endswith("(unknown, which is no pass)") and "aws_kms_key.later" in line for line in lines)
    assert "until 2026-03-31, platform: A key of the trial" in lines
    assert any(line.startswith("NOT CHECKED  parse-error") for line in lines)
    assert lines[-1] == "NOT CHECKED, which is no pass: 1 failures; 1 findings, 1 unknown, 1 acknowledged."


def test_sarif_when_written_then_has_the_form_of_its_schema(report: Report) -> None:
    written = json.loads(json.dumps(sarif(report)))
    jsonschema.validate(written, SARIF, cls=jsonschema.Draft7Validator)
    (run,) = written["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [
        result["ruleId"] for result in run["results"]
    ]


def test_sarif_when_a_stack_stands_in_a_strange_place_then_names_it_by_a_uri(
    write_stack: Callable[..., Path],
) -> None:
    file = write_stack({"resource": {"aws_lb": {"b": {"internal": False}}}}, "a b: ü #1?[%]")
    written = json.loads(json.dumps(sarif(check([file]))))
    jsonschema.validate(written, SARIF, cls=jsonschema.Draft7Validator)
    places = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in written["runs"][0]["results"]
    }
    assert {unquote(place) for place in places} == {file.as_posix()}


def test_sarif_when_nothing_was_checked_then_has_the_form_of_its_schema(tmp_path: Path) -> None:
    written = json.loads(json.dumps(sarif(check([tmp_path / "none"]))))
    jsonschema.validate(written, SARIF, cls=jsonschema.Draft7Validator)
    assert written["runs"][0]["results"] == []


def test_sarif_when_written_then_tells_findings_unknowns_and_accepted_apart(report: Report) -> None:
    (run,) = sarif(report)["runs"]
    found = {r["locations"][0]["logicalLocations"][0]["name"]: r for r in run["results"]}
    opened, later, accepted = (found[f"aws_kms_key.{name}"] for name in ("open", "later", "accepted"))
    assert (opened["kind"], opened["level"]) == ("fail", "warning")
    assert opened["locations"][0]["physicalLocation"]["region"]["startLine"] == 4
    assert (later["kind"], later["level"]) == ("review", "none")
    assert [s["kind"] for s in accepted["suppressions"]] == ["inSource"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [n["descriptor"]["id"] for n in invocation["toolExecutionNotifications"]] == ["parse-error"]


@pytest.mark.parametrize(
    ("key", "exit_"),
    [({"enable_key_rotation": True}, 0), ({}, 1), ({"enable_key_rotation": "${var.later}"}, 1)],
    ids=["kept", "broken", "unknown"],
)
def test_main_when_run_then_ends_as_documented(
    write_stack: Callable[..., Path], tmp_path: Path, key: dict[str, Any], exit_: int
) -> None:
    file = write_stack({"resource": {"aws_kms_key": {"k": {**_KEY, **key}}}, "terraform": _SETTINGS})
    assert main([str(file), "--without-checkov", "--sarif", str(tmp_path / "build" / "out.sarif")]) == exit_
    written = json.loads((tmp_path / "build" / "out.sarif").read_text())
    assert written["runs"][0]["invocations"][0]["exitCode"] == exit_


_ACCOUNT = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
    "Action": "kms:*",
    "Resource": "*",
}
_KEY = {"policy": json.dumps({"Statement": [_ACCOUNT]})}
_SETTINGS = {
    "required_version": ">= 1.11.0",
    "backend": {"s3": {"encrypt": True, "kms_key_id": "arn:aws:kms:x", "use_lockfile": True}},
}


def test_main_when_the_command_line_is_wrong_then_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--no-such-flag"])
    assert ended.value.code == int(Exit.NOT_CHECKED)
    assert "--no-such-flag" in capsys.readouterr().err


def test_reference_page_when_made_again_then_is_the_one_that_is_kept() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference.page(catalogue.load()[0]), "run `make docs`"


def test_reference_page_when_read_then_names_each_policy_once() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for policy in catalogue.load()[0].values():
        assert page.count(f"### {policy.id}\n") == 1
        assert f"**{policy.title}.** Severity {policy.severity};" in page
