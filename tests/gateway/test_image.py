"""The sidecar's image, as far as it can be told without building it."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from pictory_egress.gateway import runtime
from pictory_egress.gateway.containers import container_definitions
from pictory_egress.gateway.envoy.shapes import RUN
from pictory_egress.gateway.runtime.__main__ import COMMANDS
from pictory_egress.gateway.runtime.image import VOLUME, VOLUME_MODE, problems
from tests.gateway.running import gateway_settings

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


# --- the definition ---------------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, each with what follows it, in order."""
    text = re.sub(r"^\s*#.*\n", "", (GATEWAY / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines if line.strip())]


def last_stage() -> list[tuple[str, str]]:
    found = instructions()
    return found[max(i for i, (name, _) in enumerate(found) if name == "FROM") :]


def test_image_when_defined_then_its_bases_have_no_default_and_only_the_first_stage_takes_anything_in() -> (
    None
):
    named = [(name, rest) for name, rest in instructions() if name in ("ARG", "FROM")]
    assert named == [
        ("ARG", "BUILD_IMAGE"), ("ARG", "BASE_IMAGE"), ("FROM", "${BUILD_IMAGE} AS build"), ("FROM", "${BASE_IMAGE}"),
    ]  # fmt: skip
    copied = [rest for name, rest in instructions() if name in ("COPY", "ADD")]
    assert copied == [
        "requirements.txt /tmp/requirements.txt",
        "runtime /app/runtime",
        "--from=build /app /app",
        "--from=build --chown=65532:65532 /volume/run/ /run/",
    ]


def test_image_when_libraries_are_installed_then_each_has_a_known_hash_and_runs_nothing() -> None:
    (install,) = [rest for name, rest in instructions() if name == "RUN" and " pip install " in rest]
    options = install.split()
    for option in ("--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile"):
        assert option in options


def test_last_stage_when_built_then_it_runs_as_nobody_without_a_shell_and_proves_it() -> None:
    stage = last_stage()
    assert [name for name, _ in stage] == [
        "FROM", "COPY", "COPY", "WORKDIR", "ENV", "USER", "RUN", "VOLUME", "ENTRYPOINT", "CMD",
    ]  # fmt: skip
    given = dict(stage)
    assert given["USER"] == "65532:65532"
    assert json.loads(given["VOLUME"]) == [RUN] == [f"/{VOLUME}"]
    # As a list: as a string each would need a shell.
    assert json.loads(given["RUN"]) == ["python", "-m", "runtime.image"]
    assert json.loads(given["ENTRYPOINT"]) == ["python", "-m", "runtime"]
    assert json.loads(given["CMD"]) == ["run"]


def test_task_when_it_starts_and_checks_its_containers_then_nothing_asks_for_a_shell() -> None:
    definitions = container_definitions(
        settings=gateway_settings(), name="n", environment="test", region="eu-west-1", bootstrap={"node": {}},
        inspection={"x": 1}, log_group_name="g", secret_arn="s", signing_key_arn="k", registry_table="t",
        credential_mode="api-key",
    )  # fmt: skip
    for container in json.loads(definitions):
        assert "entryPoint" not in container
        if container["name"] != "envoy":
            assert [*container["command"]] in [[command] for command in COMMANDS]
        if check := container.get("healthCheck"):
            assert check["command"][:4] == ["CMD", "python", "-m", "runtime"]
            assert check["command"][4:] in [[command] for command in COMMANDS]


# --- what is in it ----------------------------------------------------------------------------------------


def test_requirements_when_installed_without_dependencies_then_nothing_that_they_need_is_missing() -> None:
    pinned = {_plain(name) for name in pins(GATEWAY / "requirements.txt")}
    for name in pinned:
        for text in metadata.requires(name) or []:
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                assert _plain(needed.name) in pinned, f"{name} needs {text}"


def test_requirements_when_read_then_each_is_needed_by_the_runtime_or_by_another() -> None:
    pinned = {_plain(name) for name in pins(GATEWAY / "requirements.txt")}
    needed = {_plain(Requirement(text).name) for name in pinned for text in metadata.requires(name) or []}
    assert pinned - needed <= {"boto3", "cryptography"}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of the image as the build makes it, but for the base: libraries as pinned, and the runtime."""
    root = tmp_path_factory.mktemp("image")
    site = root / "app" / "site"
    site.mkdir(parents=True)
    volume = root / VOLUME
    volume.mkdir(parents=True)
    volume.chmod(VOLUME_MODE)
    for name in pins(GATEWAY / "requirements.txt"):
        for file in metadata.files(name) or []:
            top = site / file.parts[0]
            if file.parts[0] not in ("..", "__pycache__") and not top.exists():
                top.symlink_to(Path(str(file.locate())).parents[len(file.parts) - 1] / file.parts[0])
    shutil.copytree(
        GATEWAY / "runtime", root / "app" / "runtime", ignore=shutil.ignore_patterns("__pycache__")
    )
    for path in (root / "app").rglob("*"):
        if not path.is_symlink():
            path.chmod(0o555 if path.is_dir() else 0o444)
    return root


def check(root: Path, *changes: str) -> list[str]:
    """What the build's last step says in ``root``, without its word on who runs it: a test may be root."""
    ended = subprocess.run(
        # -S: with the image's libraries alone.
        [sys.executable, "-S", "-m", "runtime.image", str(root)],
        cwd=root / "app",
        env={"PYTHONPATH": str(root / "app" / "site"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = ended.stderr.splitlines()
    assert ended.returncode == (1 if said else 0)
    assert all(line.startswith("this image cannot be used: ") for line in said), ended.stderr
    # Root may write everywhere.
    mine = ("runs as root", "can be changed by the program itself") if os.getuid() == 0 else ()
    return [line for line in said if not any(words in line for words in mine)]


def test_image_when_it_holds_what_is_pinned_then_its_build_succeeds(image: Path) -> None:
    assert check(image) == []


@pytest.mark.parametrize(
    ("path", "mode", "words"),
    [
        ("bin/sh", 0o755, "it has /bin/sh"),
        ("busybox/ls/../busybox", 0o755, "it has /busybox/busybox"),
        ("usr/bin/apt-get", 0o755, "it has /usr/bin/apt-get"),
        ("usr/bin/newgrp", 0o4755, "/usr/bin/newgrp runs as its owner"),
    ],
)
def test_image_when_its_base_has_what_an_intruder_would_use_then_its_build_fails(
    image: Path, path: str, mode: int, words: str
) -> None:
    added = Path(os.path.normpath(image / path))
    added.parent.mkdir(parents=True, exist_ok=True)
    added.touch()
    added.chmod(mode)
    try:
        (problem,) = check(image)
        assert words in problem
    finally:
        shutil.rmtree(image / path.split("/")[0])


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o1777, None])
def test_image_when_the_volume_would_not_be_the_programs_then_its_build_fails(
    image: Path, mode: int | None
) -> None:
    volume = image / VOLUME
    if mode is None:
        volume.rmdir()
    else:
        volume.chmod(mode)
    try:
        (problem,) = check(image)
        assert f"/{VOLUME}" in problem
    finally:
        volume.mkdir(exist_ok=True)
        volume.chmod(VOLUME_MODE)


def test_image_when_a_library_is_missing_then_its_build_fails(image: Path) -> None:
    library = image / "app" / "site" / "botocore"
    target = library.readlink()
    library.parent.chmod(0o755)
    library.unlink()
    try:
        assert any("runtime.sidecar cannot be imported" in problem for problem in check(image))
    finally:
        library.symlink_to(target)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be found to be root")
def test_image_when_it_runs_as_root_then_its_build_fails() -> None:
    assert any("runs as root" in problem for problem in problems(Path("/nowhere")))


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
