"""Whatever stands where a stack should: the command says what is wrong by name, in every form, and shows no traceback."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from policies.__main__ import main

STACK = json.dumps({"resource": {"aws_kms_key": {"k": {"enable_key_rotation": True}}}})
Make = Callable[[Path], None]


def _bytes(content: bytes) -> Make:
    return lambda file: file.write_bytes(content) and None


def _of_size(size: int) -> Make:
    def make(file: Path) -> None:
        with file.open("wb") as opened:
            opened.truncate(size)

    return make


def _out_of_tree(file: Path) -> None:
    outside = file.parents[1] / "outside.tf.json"
    outside.write_text(STACK)
    file.symlink_to(outside)


def _deep(levels: int) -> bytes:
    return b'{"resource": {"aws_kms_key": {"k": {"policy": ' + b"[" * levels + b"]" * levels + b"}}}}"


BROKEN: dict[str, tuple[Make, str]] = {
    "cut off": (_bytes(STACK[:-9].encode()), "parse-error"),
    "empty": (_bytes(b""), "parse-error"),
    "a list": (_bytes(b"[]"), "parse-error"),
    "a key twice": (_bytes(b'{"resource": {"a": {}, "a": {}}}'), "parse-error"),
    "a number too long": (_bytes(b'{"resource": {"a": {"b": {"c": ' + b"9" * 5000 + b"}}}}"), "parse-error"),
    "50 MB": (_of_size(50 * 1024 * 1024), "file-too-large"),
    "a hundred thousand levels": (_bytes(_deep(100_000)), "nested-too-deeply"),
    "Latin-1": (_bytes(b'{"resource": {"aws_kms_key": {"k": {"description": "caf\xe9"}}}}'), "not-utf-8"),
    "UTF-16": (_bytes(STACK.encode("utf-16")), "not-utf-8"),
    "half of a pair": (_bytes(b'{"resource": {"aws_kms_key": {"\\ud800": {}}}}'), "not-utf-8"),
    "a directory": (lambda file: file.mkdir(), "not-a-file"),
    "a link out of the tree": (_out_of_tree, "link-out-of-tree"),
    "a link to nothing": (lambda file: file.symlink_to(file.parent / "nothing"), "file-missing"),
    "a link to itself": (lambda file: file.symlink_to(file), "link-loop"),
    "a pipe": (lambda file: os.mkfifo(file), "not-a-file"),
    "no resources": (_bytes(b"{}"), "nothing-to-check"),
    "types in a list": (_bytes(b'{"resource": [1]}'), "not-terraform"),
    "no body": (_bytes(b'{"resource": {"aws_kms_key": {"k": 1}}}'), "not-terraform"),
}


@pytest.mark.parametrize(("make", "name"), BROKEN.values(), ids=BROKEN)
def test_main_when_a_stack_is_broken_then_names_it_in_every_form(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], make: Make, name: str
) -> None:
    place = tmp_path / "cdktf.out"
    place.mkdir()
    make(place / "cdk.tf.json")
    reports = {form: tmp_path / form for form in ("json", "junit", "sarif")}
    options = [part for form, file in reports.items() for part in (f"--{form}", str(file))]
    assert main([str(place), *options]) == 2
    said = capfd.readouterr()
    assert "Traceback" not in said.out + said.err
    assert f"NOT CHECKED  {name}  " in said.out
    (failure,) = json.loads(reports["json"].read_text())["failures"]
    assert failure["name"] == name
    assert "cdk.tf.json" in failure["where"]
    assert failure["message"]
    (error,) = ElementTree.parse(reports["junit"]).getroot().iter("error")
    assert error.attrib["type"] == name
    (run,) = json.loads(reports["sarif"].read_text())["runs"]
    (notified,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notified["descriptor"]["id"] == name


@pytest.mark.parametrize(
    ("content", "name"),
    [(STACK[:-9].encode(), "parse-error"), (b"{}", "not-a-plan"), (b"\xff", "not-utf-8"),
     (_deep(100_000), "nested-too-deeply"), (b'{"planned_values": [], "configuration": {}}', "not-a-plan"),
     (b'{"planned_values": {}, "configuration": {}}', "nothing-to-check")],
)  # fmt: skip
def test_main_when_a_plan_is_broken_then_names_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], content: bytes, name: str
) -> None:
    (tmp_path / "cdk.tf.json").write_text(STACK)
    (tmp_path / "plan.json").write_bytes(content)
    assert main([str(tmp_path), "--without-checkov"]) == 2
    said = capfd.readouterr()
    assert "Traceback" not in said.out + said.err
    assert f"NOT CHECKED  {name}  " in said.out


def test_main_when_a_directory_cannot_be_read_then_names_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cdk.tf.json").write_text(STACK)
    closed = tmp_path / "closed"
    closed.mkdir()
    scan = os.scandir

    def refused(place: str) -> object:
        if str(place) == str(closed):
            raise PermissionError(13, "Permission denied", str(place))
        return scan(place)

    # Root, who runs tests in containers, reads every directory.
    monkeypatch.setattr(os, "scandir", refused)
    assert main([str(tmp_path), "--without-checkov"]) == 2
    assert "NOT CHECKED  directory-unreadable  " in capfd.readouterr().out
