"""Finds what there is to check, and says what is not there."""

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..stack.problems import Failure

SYNTHESIZED: Final = ".tf.json"
_BLOCK: Final = re.compile(r"""\b(resource|data|module|ephemeral)\s*["']""")
PLAN: Final = "plan.json"
"""Name under which a plan beside a ``cdk.tf.json`` is found by itself."""


@dataclass(frozen=True)
class Input:
    """A synthesized stack, a plan, or a plan with the stack that it is of."""

    synthesized: Path | None
    plan: Path | None = None


def find(places: Sequence[Path], plans: Sequence[Path] = ()) -> tuple[list[Input], list[Failure]]:
    """The stacks below ``places`` (directories or files), with their plans.

    ``plans`` that stand beside a stack found belong to it; others are checked alone.
    """
    files: list[Path] = []
    failures: list[Failure] = []
    for place in places:
        found, problems = _below(place)
        files += found
        failures += problems
    given = {plan.resolve(): plan for plan in plans}
    inputs = []
    for file in dict.fromkeys(files):
        beside = file.parent / PLAN
        inputs.append(Input(file, given.pop(beside.resolve(), beside) if beside.exists() else None))
    inputs += [Input(None, plan) for plan in given.values()]
    if not inputs and not failures:
        failures.append(
            Failure(
                "nothing-to-check",
                ", ".join(map(str, places)),
                "no stack here: run `make synth`, or name its place",
            )
        )
    return inputs, failures


def _below(place: Path) -> tuple[list[Path], list[Failure]]:
    if place.is_file():
        return [place], []
    if not place.is_dir():
        return [], [
            Failure(
                "directory-missing", str(place), "nothing there: run `make synth`, or name the right place"
            )
        ]
    root = place.resolve()
    files: list[Path] = []
    failures: list[Failure] = []
    for path in _everything(place, failures):
        is_stack = path.name.endswith(SYNTHESIZED)
        problem = _astray(path, root) if is_stack or path.is_symlink() else None
        if problem:
            failures.append(problem)
        elif is_stack:
            files.append(path)
    if not files and not failures:
        failures.append(
            Failure(
                "nothing-to-check",
                str(place),
                f"no *{SYNTHESIZED} below it: run `make synth`, or name its place",
            )
        )
    return files, failures + _missing(place, files) + _beside(files)


def _astray(path: Path, root: Path) -> Failure | None:
    """What is wrong with where ``path`` leads to, if it leads out of ``root`` or to nowhere."""
    try:
        leads_to = path.resolve()
    except (OSError, RuntimeError):
        return Failure("link-loop", str(path), "leads to itself: remove it")
    if leads_to.is_relative_to(root):
        return None
    return Failure("link-out-of-tree", str(path), f"leads to {leads_to}: put what it leads to here")


def _everything(place: Path, failures: list[Failure]) -> list[Path]:
    """All files, directories and links below ``place``; a directory that cannot be read is a failure."""

    def unreadable(error: OSError) -> None:
        message = f"{error.strerror}: mend its mode"
        failures.append(Failure("directory-unreadable", str(error.filename), message))

    found: list[Path] = []
    for folder, folders, names in os.walk(place, onerror=unreadable):
        folders[:] = [name for name in folders if name != ".terraform"]
        found += [Path(folder, name) for name in (*folders, *names)]
    return sorted(found)


def _beside(files: Sequence[Path]) -> list[Failure]:
    """Configuration that Terraform would apply along with a stack, and that nothing here reads."""
    failures = []
    for folder in dict.fromkeys(file.parent for file in files):
        for other in sorted(folder.glob("*.tf")):
            try:
                blocks = set(_BLOCK.findall(other.read_text(encoding="utf-8", errors="replace")))
            except OSError as error:
                failures.append(Failure("file-unreadable", str(other), f"{error.strerror}: remove it"))
                continue
            if blocks:
                message = f"holds {', '.join(sorted(blocks))}, applied without a check: write it as JSON"
                failures.append(Failure("unchecked-configuration", str(other), message))
    return failures


def _missing(place: Path, files: Sequence[Path]) -> list[Failure]:
    """The stacks of CDKTF's manifest that have no file."""
    manifest = place / "manifest.json"
    if not manifest.exists():
        return []
    try:
        stacks = json.loads(manifest.read_text(encoding="utf-8"))["stacks"]
        expected = {name: place / stack["synthesizedStackPath"] for name, stack in stacks.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return [Failure("manifest-unreadable", str(manifest), "not what CDKTF writes: synthesize again")]
    return [
        Failure("stack-missing", str(file), f"the manifest names stack {name!r}: synthesize again")
        for name, file in expected.items()
        if file not in files
    ]
