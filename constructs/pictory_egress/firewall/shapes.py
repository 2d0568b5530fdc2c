"""The catalog as AWS WAF can hold it: a method and a pattern of paths, coarse and short.

WAF refuses patterns with many branches or large repeats, so that a parameter is any run of word characters
here. Envoy matches the same operations exactly afterwards.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from pictory_egress.api import PREFIX, Operation

LONGEST_PATTERN: Final = 512
"""Characters that AWS WAF takes in one pattern."""

_GOOD_LENGTH: Final = 200
_MOST_TEMPLATES: Final = 10
_PARAMETER: Final = re.compile(r"\{[A-Za-z][A-Za-z0-9]*\}")
_SEGMENT: Final = r"[\w-]+"

_Tree = dict[str, Any]  # a segment to the tree below it; the empty segment marks an end


@dataclass(frozen=True)
class Shape:
    """Requests with ``method`` whose whole path matches ``pattern``."""

    method: str
    pattern: str


def shapes(operations: Iterable[Operation]) -> tuple[Shape, ...]:
    """Shapes that cover every path of ``operations``, aliases included, in a stable order.

    Raises
    ------
    ValueError
        A path is too long for a pattern of AWS WAF.
    """
    paths: dict[str, dict[str, str]] = {}
    for operation in operations:
        for template in operation.templates:
            segments = "/".join(_segment(part) for part in (PREFIX + template).split("/"))
            if len(_pattern([segments])) > LONGEST_PATTERN:
                raise ValueError(
                    f"operation {operation.id!r}: path {template!r} is too long for AWS WAF, which takes "
                    f"{LONGEST_PATTERN} characters in a pattern: shorten it"
                )
            paths.setdefault(operation.method, {})[segments] = operation.id
    return tuple(
        Shape(method, _pattern(group)) for method in sorted(paths) for group in _groups(sorted(paths[method]))
    )


def decimal_above(limit: int) -> str:
    """A pattern of the decimal numbers above ``limit`` (0 or more), for a header such as Content-Length."""
    digits = str(limit)
    longer = rf"[1-9]\d{{{len(digits)},}}"
    same_length = [
        digits[:index] + _digits_from(int(digit) + 1) + _any_digits(len(digits) - index - 1)
        for index, digit in enumerate(digits)
        if digit != "9"
    ]
    return rf"^0*(?:{'|'.join([longer, *same_length])})$"


def _digits_from(first: int) -> str:
    return "9" if first == 9 else f"[{first}-9]"


def _any_digits(count: int) -> str:
    return "" if count == 0 else rf"\d{{{count}}}"


def _segment(part: str) -> str:
    return _SEGMENT if _PARAMETER.fullmatch(part) else part.replace(".", r"\.")


def _groups(paths: list[str]) -> Iterator[list[str]]:
    """``paths``, sorted, in runs whose pattern stays short and has few branches."""
    group: list[str] = []
    for path in paths:
        if group and (len(group) == _MOST_TEMPLATES or len(_pattern([*group, path])) > _GOOD_LENGTH):
            yield group
            group = []
        group.append(path)
    if group:
        yield group


def _pattern(paths: Iterable[str]) -> str:
    tree: _Tree = {}
    for path in paths:
        node = tree
        for segment in path.split("/")[1:]:
            node = node.setdefault(segment, {})
        node[""] = {}
    return f"^{_render(tree)}$"


def _render(tree: _Tree) -> str:
    branches = [f"/{segment}{_render(below)}" for segment, below in tree.items() if segment]
    if not branches:
        return ""
    ends_here = "" in tree
    if len(branches) == 1 and not ends_here:
        return branches[0]
    return f"(?:{'|'.join(branches)}){'?' if ends_here else ''}"
