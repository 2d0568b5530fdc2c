"""Reads a JSON file that may be anything, and refuses what could hide a resource."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, Final

from .problems import StackError

MAX_BYTES: Final = 32 * 1024 * 1024
"""The largest file that is read. A synthesized stack is under 1 MiB."""

_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_PIECE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|\n')


def read(file: Path) -> tuple[str, dict[str, Any]]:
    """The text and the JSON object of ``file``.

    Raises
    ------
    StackError
        It is missing, no file, too large, not UTF-8, no JSON object, or names a key twice in one object.
    """
    if not file.exists():
        raise StackError("file-missing", file, "no such file: run `make synth`, or name the right one")
    if not file.is_file():
        raise StackError("not-a-file", file, "a directory or device stands where a file should: remove it")
    try:
        size = file.stat().st_size
        if size > MAX_BYTES:
            raise StackError(
                "file-too-large", file, f"{size} bytes, at most {MAX_BYTES} are read: split the stack"
            )
        text = file.read_bytes().decode("utf-8")
        value = json.loads(text, object_pairs_hook=_no_key_twice)
        if _SURROGATE.search(text):
            # Half of a pair is no character: no report could be written with it.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except OSError as error:
        raise StackError("file-unreadable", file, f"{error.strerror}: mend its mode") from None
    except UnicodeEncodeError:
        raise StackError(
            "not-utf-8", file, "holds half of a pair of characters: synthesize it again"
        ) from None
    except UnicodeDecodeError as error:
        raise StackError("not-utf-8", file, f"byte {error.start} is not UTF-8: synthesize it again") from None
    except json.JSONDecodeError as error:
        raise StackError(
            "parse-error",
            file,
            f"line {error.lineno}: {error.msg}: the file is cut off or broken, synthesize it again",
        ) from None
    except RecursionError:
        raise StackError(
            "nested-too-deeply", file, "more levels than any stack has: synthesize it again"
        ) from None
    except ValueError as error:
        raise StackError("parse-error", file, f"{error}: synthesize it again") from None
    if not isinstance(value, dict):
        raise StackError(
            "parse-error", file, f"holds a {type(value).__name__}, not an object: synthesize it again"
        )
    return text, value


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        twice = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
        raise ValueError(f"key {twice[0]!r} stands twice in one object, so that one hides the other")
    return result


def lines(text: str, depth: int) -> dict[tuple[str, ...], tuple[int, int]]:
    """First and last line of every object or list that stands at most ``depth`` keys deep, by its path of keys."""
    found: dict[tuple[str, ...], tuple[int, int]] = {}
    path: list[str] = []
    opened: list[int] = []
    line, last = 1, ""
    for match in _PIECE.finditer(text):
        piece = match[0]
        if piece == "\n":
            line += 1
        elif piece in "{[":
            # The key that stands before belongs to what opens here.
            path.append(last)
            opened.append(line)
            last = ""
        elif piece in "}]":
            start = opened.pop() if opened else line
            if 1 < len(path) <= depth + 1:
                found[tuple(path[1:])] = (start, line)
            if path:
                path.pop()
        else:
            last = piece[1:-1]
    return found
