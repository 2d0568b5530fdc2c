"""The bill of materials names what the image is built from, and what it does not know."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tools.bill_of_materials import GATEWAY, bill, main

DIGEST = "a" * 64
BASE = f"example/python@sha256:{DIGEST}"


def test_bill_when_made_then_it_has_every_pin_with_every_hash() -> None:
    text = (GATEWAY / "requirements.txt").read_text()
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))
    found = [one for one in bill()["components"] if one["type"] == "library"]
    assert {one["name"]: one["version"] for one in found} == pins
    hashes = [hash_["value"] for one in found for hash_ in one["properties"]]
    assert sorted(hashes) == sorted(re.findall(r"sha256:([0-9a-f]{64})", text))


def test_bill_when_made_then_it_has_every_file_of_the_runtime() -> None:
    names = {one["name"] for one in bill()["components"] if one["type"] == "file"}
    runtime = GATEWAY / "runtime"
    assert names == {f"/app/runtime/{path.relative_to(runtime).as_posix()}" for path in runtime.rglob("*.py")}


def test_bill_when_made_twice_then_it_is_the_same_and_another_input_has_another_number(
    tmp_path: Path,
) -> None:
    assert json.dumps(bill()) == json.dumps(bill())
    shutil.copytree(GATEWAY, tmp_path / "gateway", ignore=shutil.ignore_patterns("__pycache__"))
    assert bill(gateway=tmp_path / "gateway") == bill()
    (tmp_path / "gateway" / "runtime" / "log.py").write_text("changed")
    assert bill(gateway=tmp_path / "gateway")["serialNumber"] != bill()["serialNumber"]


def test_bill_when_the_base_is_not_named_then_it_says_so_and_when_it_is_then_its_digest_is_there() -> None:
    def unknown(document: dict[str, object]) -> str:
        return json.dumps(document["metadata"])

    assert "the base image" in unknown(bill())
    assert "digest is given when" not in unknown(bill(base_image=BASE))
    assert bill(base_image=BASE)["components"][0]["hashes"] == [{"alg": "SHA-256", "content": DIGEST}]
    assert bill()["compositions"] == [{"aggregate": "incomplete", "assemblies": ["image"]}]


@pytest.mark.parametrize("image", ["example/python:3.11", "example/python@sha256:abc"])
def test_base_when_it_has_no_digest_then_an_error_says_what_to_give(
    capsys: pytest.CaptureFixture[str], image: str
) -> None:
    assert main(["--base-image", image]) == 2
    assert "sha256" in capsys.readouterr().err


def test_references_when_followed_then_each_is_a_component_and_none_is_twice() -> None:
    document = bill(base_image=BASE)
    known = [one["bom-ref"] for one in document["components"]]
    assert len(known) == len(set(known))
    assert document["dependencies"] == [{"ref": "image", "dependsOn": known}]
