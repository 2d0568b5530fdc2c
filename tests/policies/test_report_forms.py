"""The report for programs: JSON and JUnit's XML say what the report for people says."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from policies.__main__ import main
from policies.policy import catalogue
from policies.runner import json_report, junit
from policies.runner.check import check
from policies.runner.report import Report

ACCEPTED = {"CKV_PICTORY_61": {"reason": "A key of the trial", "owner": "platform", "until": "2026-03-31"}}
KEYS = {
    "open": {"//": {"metadata": {"path": "a/Keys/Open"}}},
    "later": {"enable_key_rotation": "${var.later}"},
    "accepted": {"//": {"acknowledged": ACCEPTED}},
}


@pytest.fixture
def report(write_stack: Callable[..., Path], tmp_path: Path) -> Report:
    """A finding, an unknown, an acknowledged finding, and a file that cannot be read."""
    write_stack({"resource": {"aws_kms_key": KEYS}})
    broken = tmp_path / "stacks" / "b" / "cdk.tf.json"
    broken.parent.mkdir()
    broken.write_text("{")
    policies = {"p": catalogue.load()[0]["keys/rotated"]}
    return check([tmp_path], policies=policies, with_checkov=False, today=date(2026, 1, 1))


def test_json_when_written_then_names_findings_unknowns_accepted_and_failures(report: Report) -> None:
    document = json.loads(json_report.written(report))
    assert (document["version"], document["outcome"], document["exit_code"]) == (1, "not_checked", 2)
    found = {finding["resource"]: finding for finding in document["findings"]}
    assert found["aws_kms_key.open"]["outcome"] == "fail"
    assert found["aws_kms_key.open"]["construct"] == "a/Keys/Open"
    assert found["aws_kms_key.open"]["reasons"] == ["is never rotated"]
    assert found["aws_kms_key.open"]["remedy"] == "Set enable_key_rotation = true."
    assert found["aws_kms_key.later"]["outcome"] == "unknown"
    (accepted,) = document["acknowledged"]
    assert (accepted["owner"], accepted["until"]) == ("platform", "2026-03-31")
    assert [failure["name"] for failure in document["failures"]] == ["parse-error"]
    assert [(c["kind"], c["resources"]) for c in document["checked"]] == [("stack", 3)]


def test_junit_when_written_then_counts_what_it_holds(report: Report) -> None:
    root = ElementTree.fromstring(junit.written(report))
    for counted in (root, *root.iter("testsuite")):
        cases = list(counted.iter("testcase"))
        assert int(counted.attrib["tests"]) == len(cases)
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(counted.attrib[attribute]) == sum(case.find(tag) is not None for case in cases)
    assert {k: root.attrib[k] for k in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5", "failures": "2", "errors": "1", "skipped": "1",
    }  # fmt: skip
    assert {failure.attrib["type"] for failure in root.iter("failure")} == {"medium", "unknown"}
    (error,) = root.iter("error")
    assert error.attrib["type"] == "parse-error"
    (skipped,) = root.iter("skipped")
    assert "A key of the trial (platform, until 2026-03-31)" in skipped.attrib["message"]


def test_junit_when_a_name_holds_what_xml_cannot_then_is_still_xml(write_stack: Callable[..., Path]) -> None:
    file = write_stack({"resource": {"aws_kms_key": {"k": {"//": {"metadata": {"path": "a/\x00\x1b<&>"}}}}}})
    report = check([file], policies={"p": catalogue.load()[0]["keys/rotated"]}, with_checkov=False)
    case = next(iter(ElementTree.fromstring(junit.written(report)).iter("failure")))
    assert "is never rotated" in case.attrib["message"]


def test_main_when_asked_for_all_forms_then_writes_each(
    write_stack: Callable[..., Path], tmp_path: Path
) -> None:
    file = write_stack({"resource": {"aws_kms_key": KEYS}})
    files = {form: tmp_path / "build" / form for form in ("sarif", "json", "junit")}
    options = [part for form, place in files.items() for part in (f"--{form}", str(place))]
    assert main([str(file), "--without-checkov", *options]) == 1
    assert json.loads(files["sarif"].read_text())["runs"][0]["invocations"][0]["exitCode"] == 1
    assert json.loads(files["json"].read_text())["outcome"] == "findings"
    assert ElementTree.parse(files["junit"]).getroot().attrib["errors"] == "0"


def test_main_when_a_report_cannot_be_written_then_does_not_end_green(
    write_stack: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_stack({"resource": {"aws_kms_key": KEYS}})
    assert main([str(file), "--without-checkov", "--json", str(tmp_path)]) == 2
    said: Any = capsys.readouterr()
    assert "report-not-written" in said.err
    assert str(tmp_path) in said.err
