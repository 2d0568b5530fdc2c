"""The sidecar's image, as far as it can be told without building it."""

import ast
import re
import sys
from pathlib import Path

import pytest

from pictory_egress.gateway import runtime

GATEWAY = Path(runtime.__file__).parents[1]
LOCK = Path(__file__).parents[2] / "requirements" / "dev.txt"
ALLOWED = {"boto3", "botocore", "cryptography"}


def pins(path: Path) -> dict[str, tuple[str, frozenset[str]]]:
    """Version and hashes of each pinned package."""
    found = {}
    for block in re.split(r"\n(?=\S)", path.read_text()):
        if match := re.match(r"([\w.-]+)==(\S+)", block):
            found[match[1]] = (match[2], frozenset(re.findall(r"sha256:[0-9a-f]{64}", block)))
    return found


def test_requirements_when_compared_then_they_are_what_the_tests_ran_with() -> None:
    image, tested = pins(GATEWAY / "requirements.txt"), pins(LOCK)
    assert {"boto3", "cryptography"} <= set(image)
    assert image == {name: tested[name] for name in image}
    assert all(hashes for _, hashes in image.values())


@pytest.mark.parametrize("path", sorted((GATEWAY / "runtime").rglob("*.py")), ids=lambda path: path.name)
def test_runtime_when_it_imports_then_only_what_the_image_holds(path: Path) -> None:
    tree = ast.parse(path.read_text())
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        for name in names:
            top = name.split(".")[0]
            assert top in ALLOWED or top in sys.stdlib_module_names, f"{path.name} imports {name}"


def test_image_when_defined_then_its_bases_have_no_default_and_it_runs_as_nobody() -> None:
    lines = (GATEWAY / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("ARG ")] == ["ARG BUILD_IMAGE", "ARG BASE_IMAGE"]
    assert [line.split()[1] for line in lines if line.startswith("FROM ")] == [
        "${BUILD_IMAGE}",
        "${BASE_IMAGE}",
    ]
    last_stage = lines[[i for i, line in enumerate(lines) if line.startswith("FROM ")][-1] :]
    assert "USER 65532:65532" in last_stage
    assert not any(line.startswith("RUN ") for line in last_stage)
