"""Whatever keeps the runner from checking something is a failure with a name, and never a pass."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from policies.__main__ import main
from policies.policy import catalogue
from policies.policy.policy import Policy, Practice, Severity
from policies.runner import checkov_rules
from policies.runner.check import check
from policies.runner.report import Exit, Report
from policies.stack.resource import Resource, Stack

STACK: dict[str, Any] = {"resource": {"aws_kms_key": {"k": {"enable_key_rotation": True}}}}


def _policy(number: int = 900, **changes: Any) -> Policy:
    def holds(resource: Resource, stack: Stack) -> Iterator[str]:
        yield from ()

    fields: dict[str, Any] = {
        "number": number, "title": "t", "severity": Severity.HIGH, "practice": Practice.WAF,
        "types": ("aws_kms_key",), "why": "w", "remedy": "r", "judge": holds,
    }  # fmt: skip
    return Policy(**{**fields, **changes})


def _checked(*places: Path, **options: Any) -> Report:
    options.setdefault("policies", {"p": _policy()})
    return check(places, with_checkov=False, **options)


def _names(report: Report) -> list[str]:
    assert report.exit is Exit.NOT_CHECKED
    return [failure.name for failure in report.failures]


def test_check_when_everything_is_read_then_ends_with_0(
    write_stack: Callable[..., Path], tmp_path: Path
) -> None:
    write_stack(STACK)
    report = _checked(tmp_path)
    assert report.exit is Exit.OK
    assert [(c.resources, c.verdicts) for c in report.checked] == [(1, 1)]


def test_check_when_the_directory_is_missing_then_says_so(tmp_path: Path) -> None:
    assert _names(_checked(tmp_path / "nowhere")) == ["directory-missing"]


def test_check_when_there_is_no_stack_then_says_so(tmp_path: Path) -> None:
    assert _names(_checked(tmp_path)) == ["nothing-to-check"]


def test_check_when_a_stack_has_no_resources_then_says_so(
    write_stack: Callable[..., Path], tmp_path: Path
) -> None:
    write_stack({"terraform": {"backend": {"local": {"path": "x"}}}})
    assert _names(_checked(tmp_path)) == ["nothing-to-check"]


def test_check_when_one_of_two_directories_is_missing_then_says_so(
    write_stack: Callable[..., Path], tmp_path: Path
) -> None:
    report = _checked(write_stack(STACK).parent, tmp_path / "nowhere")
    assert _names(report) == ["directory-missing"]
    assert len(report.checked) == 1


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b'{"resource": {"aws_kms_key": {"k": {"enable', "parse-error"),
        (b"", "parse-error"),
        (b"[1]", "parse-error"),
        (b'{"resource": "\xff"}', "not-utf-8"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested-too-deeply"),
        (b'{"resource": {"a": {"k": {}}, "a": {"k": {}}}}', "parse-error"),
        (b'{"resource": ["aws_kms_key"]}', "not-terraform"),
        (b'{"resource": {"aws_kms_key": {"k": [1]}}}', "not-terraform"),
    ],
    ids=["cut off", "empty", "a list", "not UTF-8", "nested deeply", "a key twice", "types", "bodies"],
)  # fmt: skip
def test_check_when_a_file_is_broken_then_names_what_is_wrong(
    tmp_path: Path, content: bytes, name: str
) -> None:
    (tmp_path / "cdk.tf.json").write_bytes(content)
    report = _checked(tmp_path)
    assert _names(report) == [name]
    assert str(tmp_path / "cdk.tf.json") in report.failures[0].where


def test_check_when_a_file_is_too_large_then_says_so(tmp_path: Path) -> None:
    with (tmp_path / "cdk.tf.json").open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    assert _names(_checked(tmp_path)) == ["file-too-large"]


def test_check_when_a_directory_is_named_like_a_stack_then_says_so(tmp_path: Path) -> None:
    (tmp_path / "cdk.tf.json").mkdir()
    assert _names(_checked(tmp_path)) == ["not-a-file"]


def test_check_when_a_file_cannot_be_read_then_says_so(
    write_stack: Callable[..., Path], tmp_path: Path
) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads every file")
    write_stack(STACK).chmod(0)
    assert _names(_checked(tmp_path)) == ["file-unreadable"]


@pytest.mark.parametrize("kind", ["file", "directory"])
def test_check_when_a_link_leads_out_of_the_tree_then_says_so(
    write_stack: Callable[..., Path], tmp_path: Path, kind: str
) -> None:
    outside = write_stack(STACK, "outside")
    place = tmp_path / "place"
    place.mkdir()
    link = place / ("cdk.tf.json" if kind == "file" else "stack")
    link.symlink_to(outside if kind == "file" else outside.parent)
    assert _names(_checked(place)) == ["link-out-of-tree"]


def test_check_when_the_manifest_names_a_stack_that_is_missing_then_says_so(
    write_stack: Callable[..., Path], tmp_path: Path
) -> None:
    write_stack(STACK)
    stacks = {name: {"synthesizedStackPath": f"stacks/{name}/cdk.tf.json"} for name in ("a", "b")}
    (tmp_path / "manifest.json").write_text(json.dumps({"stacks": stacks}))
    report = _checked(tmp_path)
    assert _names(report) == ["stack-missing"]
    assert report.failures[0].where.endswith("stacks/b/cdk.tf.json")


def test_check_when_the_manifest_is_broken_then_says_so(
    write_stack: Callable[..., Path], tmp_path: Path
) -> None:
    write_stack(STACK)
    (tmp_path / "manifest.json").write_text("{")
    assert _names(_checked(tmp_path)) == ["manifest-unreadable"]


def test_check_when_resources_stand_in_hcl_beside_a_stack_then_says_so(
    write_stack: Callable[..., Path], tmp_path: Path
) -> None:
    write_stack(STACK).with_name("more.tf").write_text('resource "aws_lb" "open" {\n  internal = false\n}\n')
    assert _names(_checked(tmp_path)) == ["unchecked-configuration"]


def test_check_when_only_a_version_stands_beside_a_stack_then_takes_it(
    write_stack: Callable[..., Path], tmp_path: Path
) -> None:
    text = 'terraform {\n  required_version = ">= 1.11.0"\n}\n'
    write_stack({**STACK, "terraform": {"required_providers": {}}}).with_name("versions.tf").write_text(text)
    pinned = catalogue.load()[0]["state/pinned"]
    assert _checked(tmp_path, policies={"p": pinned}).exit is Exit.OK


def test_check_when_a_stack_holds_a_module_without_a_plan_then_says_so(
    write_stack: Callable[..., Path], tmp_path: Path
) -> None:
    write_stack({**STACK, "module": {"vpc": {"source": "./vpc"}}})
    assert _names(_checked(tmp_path)) == ["module-not-entered"]


def test_check_when_a_policy_raises_then_names_it_and_runs_the_others(
    write_stack: Callable[..., Path], tmp_path: Path
) -> None:
    def raises(resource: Resource, stack: Stack) -> Iterator[str]:
        yield str(1 / len(stack.data))

    write_stack(STACK)
    report = _checked(tmp_path, policies={"bad": _policy(901, judge=raises), "good": _policy()})
    assert _names(report) == ["policy-raised"]
    assert "aws_kms_key.k: CKV_PICTORY_901" in report.failures[0].where
    assert report.checked[0].verdicts == 1


def _folders(root: Path, content: str) -> None:
    (root / "__init__.py").write_text("")
    for folder in catalogue.GUARDED:
        (root / folder).mkdir()
        (root / folder / "rule.py").write_text(content)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty package of policies on the path, forgotten afterwards."""
    root = tmp_path / "other_policies"
    root.mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield root
    for name in [name for name in sys.modules if name.split(".")[0] == root.name]:
        del sys.modules[name]


def test_catalogue_when_a_policy_does_not_load_then_says_so(package: Path) -> None:
    _folders(package, "raise RuntimeError('broken')")
    policies, failures = catalogue.load(package, package.name)
    assert policies == {}
    assert {failure.name for failure in failures} == {"policy-does-not-load"}
    assert "RuntimeError: broken" in failures[0].message


def test_catalogue_when_a_file_holds_no_policy_then_says_so(package: Path) -> None:
    _folders(package, "POLICY = 1")
    assert {failure.name for failure in catalogue.load(package, package.name)[1]} == {"policy-does-not-load"}


def test_catalogue_when_two_policies_have_one_id_then_says_so(package: Path) -> None:
    _folders(package, "from policies.egress.flow_logs import POLICY")
    (failure,) = catalogue.load(package, package.name)[1]
    assert failure.name == "duplicate-policy-id"
    assert "CKV_PICTORY_3" in failure.message


def test_catalogue_when_its_folders_are_missing_then_says_so(package: Path) -> None:
    failures = catalogue.load(package, package.name)[1]
    assert [failure.name for failure in failures] == ["policy-folder-missing"] * len(catalogue.GUARDED)


@pytest.mark.parametrize(
    "wrong", [{"number": 0}, {"why": " "}, {"types": ()}, {"fsbp": ("EC2",)}, {"owasp": ("API1",)}]
)
def test_policy_when_it_says_too_little_then_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="policy "):
        _policy(**wrong)


def test_check_when_checkov_sees_fewer_resources_then_says_so(
    write_stack: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkov_rules, "check", lambda file, is_plan: ([], 0, []))
    write_stack(STACK)
    report = check([tmp_path], policies={"p": _policy()})
    assert _names(report) == ["resources-missing"]


def test_main_when_nothing_is_there_then_ends_with_2_and_says_not_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "--without-checkov"]) == 2
    assert "NOT CHECKED  nothing-to-check" in capsys.readouterr().out
