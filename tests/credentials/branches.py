"""A pytest plugin that watches which way every branch of the rotation function goes.

``pytest -p tests.credentials.branches`` prints the branches that went one way only, and fails for them. It reads the
bytecode, so that both sides of ``and``, ``or`` and conditional expressions count. Not looked at: a module's own
branches, which are taken once, at import; and exceptions that an ``except`` lets pass, where no other can come.
"""

import dis
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

RUNTIME = Path(__file__).parents[2] / "constructs" / "pictory_egress" / "credentials" / "runtime"
FOLDER = f"{RUNTIME}/"

Function = tuple[str, str, int]
"""File, qualified name and first line."""


class Watch:
    """What is possible in ``files``, and what happened. Every thread that starts is watched too."""

    def __init__(self, files: list[Path]) -> None:
        self.possible: dict[Function, dict[int, tuple[int, int]]] = {}
        self.seen: dict[Function, dict[int, set[bool]]] = defaultdict(lambda: defaultdict(set))
        for file in files:
            for code in _functions(compile(file.read_text(encoding="utf-8"), str(file), "exec")):
                self.possible[_function(code)] = _branches(code)

    def start(self) -> None:
        threading.settrace(self._called)
        sys.settrace(self._called)

    def stop(self) -> None:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]

    def missing(self) -> list[str]:
        """Branches that went one way only, or were never reached."""
        return [
            f"{Path(function[0]).name}:{line} {function[1]}: {_words(self.seen[function][offset])}"
            for function, branches in self.possible.items()
            for offset, (_, line) in branches.items()
            if len(self.seen[function][offset]) < 2
        ]

    def _called(self, frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(FOLDER):
            return None
        function = _function(frame.f_code)
        branches = self.possible.get(function)
        if not branches:
            return None
        seen, last = self.seen[function], -1
        frame.f_trace_opcodes, frame.f_trace_lines = True, False

        def stepped(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal last
            if event == "opcode":
                if last in branches:
                    seen[last].add(frame.f_lasti == branches[last][0])
                last = frame.f_lasti
            elif event == "exception":
                last = -1
            return stepped

        return stepped


def _functions(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _functions(constant)


def _function(code: CodeType) -> Function:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _branches(code: CodeType) -> dict[int, tuple[int, int]]:
    """Offset of each conditional jump → where it jumps to, and its line."""
    found, line, before = {}, code.co_firstlineno, ""
    for instruction in dis.get_instructions(code):
        position = instruction.positions
        line = (position.lineno if position else None) or line
        # A generator is often left before its end: any() has found what it looked for.
        loops = instruction.opname == "FOR_ITER" and code.co_name != "<genexpr>"
        conditional = loops or ("_IF_" in instruction.opname and before != "CHECK_EXC_MATCH")
        if conditional and instruction.opcode in (*dis.hasjrel, *dis.hasjabs):
            found[instruction.offset] = (int(instruction.argval), line)
        before = instruction.opname
    return found


def _words(ways: set[bool]) -> str:
    return "never reached" if not ways else "always jumps" if True in ways else "never jumps"


_watch = Watch(sorted(RUNTIME.glob("*.py")))


def pytest_sessionstart() -> None:
    _watch.start()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    _watch.stop()
    missing = _watch.missing()
    print(
        f"\n{sum(map(len, _watch.possible.values()))} branches, {len(missing)} not taken both ways",
        *missing,
        sep="\n",
    )
    if missing:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
