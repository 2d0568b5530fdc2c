"""Stacks made from fixtures: a given stack that keeps a rule, and changes by JSON pointer that break it."""

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.policies.snippets.synthesis import Synthesis

FIXTURES = Path(__file__).parent / "fixtures"
REMOVE = "$remove"
ROOT = Path(__file__).parents[2]

Json = dict[str, Any]


def given(fixture: Json, folder: Path) -> Json:
    """The stack that a fixture starts from; a name is another file's in the same folder."""
    start = fixture["given"]
    if isinstance(start, str):
        start = json.loads((folder / start).read_text(encoding="utf-8"))
    found: Json = copy.deepcopy(start)
    return found


def changed(stack: Json, change: Json) -> Json:
    """``stack`` with the value at each pointer replaced, or removed; missing objects on the way are made."""
    result: Json = copy.deepcopy(stack)
    for pointer, value in change.items():
        *way, last = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
        place: Any = result
        for part in way:
            place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
        if isinstance(place, list) and value == REMOVE:
            del place[int(last)]
        elif isinstance(place, list):
            place[int(last) : int(last) + 1] = [value]
        elif value == REMOVE:
            del place[last]
        else:
            place[last] = value
    return result


def encoded(value: Any) -> Any:
    """``value`` with each ``{"$json": …}`` as JSON text, the innermost first."""
    if isinstance(value, dict):
        return (
            json.dumps(encoded(value["$json"]))
            if "$json" in value
            else {k: encoded(v) for k, v in value.items()}
        )
    return [encoded(inner) for inner in value] if isinstance(value, list) else value


@pytest.fixture
def write_stack(tmp_path: Path) -> Callable[..., Path]:
    """Writes a stack as ``<name>/cdk.tf.json`` below the test's directory."""

    def write(stack: Json, name: str = "a") -> Path:
        file = tmp_path / "stacks" / name / "cdk.tf.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(encoded(stack), indent=2), encoding="utf-8")
        return file

    return write


@pytest.fixture(scope="session")
def outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All environments, synthesized as a user does it."""
    directory = tmp_path_factory.mktemp("policies") / "cdktf.out"
    paths = os.pathsep.join([str(ROOT), str(ROOT / "constructs")])
    variables = {**os.environ, "PYTHONPATH": paths, "CDKTF_OUTDIR": str(directory)}
    subprocess.run([sys.executable, "-m", "stacks"], cwd=ROOT, env=variables, timeout=240, check=True)
    return directory


@pytest.fixture(scope="session")
def snippets(tmp_path_factory: pytest.TempPathFactory) -> "Synthesis":
    """All snippets of CDKTF, synthesized."""
    # Loads the framework: seconds that tests of other things need not wait.
    from tests.policies.snippets.synthesis import Synthesis

    return Synthesis(tmp_path_factory.mktemp("snippets"))
