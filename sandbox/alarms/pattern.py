"""Filter patterns of CloudWatch Logs: terms, and conditions on the properties of JSON events.

The grammar is the documented one. A property that is missing, or of another type than the condition's, meets no
comparison; only ``NOT EXISTS`` and ``IS NULL`` speak of what is not there.
"""

import json
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sandbox.alarms.errors import UnsupportedError

MISSING: Final = object()
"""The value of a property that an event does not have."""

Matches = Callable[[Any], bool]
Find = Callable[[Any], Any]

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<operator>&&|\|\||<=|>=|!=|=|<|>|\(|\))
      | "(?P<quoted>(?:[^"\\]|\\.)*)"
      | (?P<regex>%[^%]*%)
      | (?P<selector>\$(?:\.[A-Za-z0-9_-]+|\.?\[\s*(?:\d+|"(?:[^"\\]|\\.)*")\s*\])+)
      | (?P<word>[^\s()=<>!&|"]+)
    )""",
    re.VERBOSE,
)
_STEP: Final = re.compile(r"""\.([A-Za-z0-9_-]+)|\.?\[\s*(?:(\d+)|"((?:[^"\\]|\\.)*)")\s*\]""")
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern. ``matches`` takes the text of an event and its parsed JSON (:data:`MISSING` if none)."""

    text: str
    matches: Callable[[str, Any], bool]


def parse_json(message: str) -> Any:
    """The event as a JSON object or array, or :data:`MISSING`."""
    if not message.lstrip().startswith(("{", "[")):
        return MISSING
    try:
        return json.loads(message)
    except ValueError:
        return MISSING


def compile_pattern(text: str) -> Pattern:
    """``text`` as a filter.

    Raises
    ------
    UnsupportedError
        It is no pattern of this grammar; space-delimited patterns (``[a, b]``) are not evaluated here.
    """
    stripped = text.strip()
    if stripped.startswith("{"):
        if not stripped.endswith("}"):
            raise UnsupportedError(f"filter pattern {text!r}: '}}' is missing")
        parser = _Parser(list(_tokens(stripped[1:-1], text)), text)
        matches = parser.disjunction()
        parser.end()
        return Pattern(text, lambda _, event: event is not MISSING and matches(event))
    if stripped.startswith(("[", "%", "?")):
        raise UnsupportedError(f"filter pattern {text!r}: this kind of pattern is not evaluated here")
    return Pattern(text, _terms(stripped))


def compile_selector(text: str) -> Find:
    """``$.a.b[0]`` as a function that finds the property, or :data:`MISSING`.

    Raises
    ------
    UnsupportedError
        It is no selector.
    """
    if not text.startswith("$"):
        raise UnsupportedError(f"selector {text!r} does not begin with '$'")
    steps: list[str | int] = []
    position = 1
    while position < len(text):
        match = _STEP.match(text, position)
        if not match:
            raise UnsupportedError(f"selector {text!r}: {text[position:]!r} is not understood")
        steps.append(int(match[2]) if match[2] is not None else match[1] or _unescape(match[3]))
        position = match.end()

    def find(event: Any) -> Any:
        for step in steps:
            if isinstance(step, int):
                if not isinstance(event, list) or step >= len(event):
                    return MISSING
                event = event[step]
            elif not isinstance(event, dict) or step not in event:
                return MISSING
            else:
                event = event[step]
        return event

    return find


def _terms(text: str) -> Callable[[str, Any], bool]:
    wanted: list[str] = []
    unwanted: list[str] = []
    for match in re.finditer(r'(-?)(?:"((?:[^"\\]|\\.)*)"|(\S+))', text):
        (unwanted if match[1] else wanted).append(_unescape(match[2]) if match[2] is not None else match[3])
    return lambda message, _: (
        all(term in message for term in wanted) and not any(term in message for term in unwanted)
    )


def _tokens(body: str, text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while body[position:].strip():
        match = _TOKEN.match(body, position)
        if not match or match.lastgroup is None:
            raise UnsupportedError(f"filter pattern {text!r}: {body[position:].strip()!r} is not understood")
        yield match.lastgroup, match[match.lastgroup]
        position = match.end()


class _Parser:
    """By recursive descent; ``&&`` binds tighter than ``||``."""

    def __init__(self, tokens: list[tuple[str, str]], text: str) -> None:
        self._tokens, self._text = tokens, text

    def disjunction(self) -> Matches:
        parts = [self._conjunction()]
        while self._take("operator", "||"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else lambda event: any(part(event) for part in parts)

    def end(self) -> None:
        if self._tokens:
            raise self._error(f"{self._tokens[0][1]!r} is too much")

    def _conjunction(self) -> Matches:
        parts = [self._term()]
        while self._take("operator", "&&"):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else lambda event: all(part(event) for part in parts)

    def _term(self) -> Matches:
        if self._take("operator", "("):
            inner = self.disjunction()
            if not self._take("operator", ")"):
                raise self._error("')' is missing")
            return inner
        kind, text = self._next("a condition")
        if kind != "selector":
            raise self._error(f"a selector such as $.name belongs where {text!r} stands")
        find = compile_selector(text)
        kind, text = self._next("a comparison")
        if kind == "operator" and text in ("=", "!=", *_ORDER):
            return self._comparison(find, text)
        if text.upper() == "IS":
            return self._is(find)
        if text.upper() == "NOT" and self._next("EXISTS")[1].upper() == "EXISTS":
            return lambda event: find(event) is MISSING
        raise self._error(f"{text!r} is no comparison")

    def _is(self, find: Find) -> Matches:
        _, word = self._next("TRUE, FALSE or NULL")
        values: dict[str, object] = {"TRUE": True, "FALSE": False, "NULL": None}
        if word.upper() not in values:
            raise self._error(f"IS {word} is not known")
        value = values[word.upper()]
        return lambda event: find(event) is value

    def _comparison(self, find: Find, compare: str) -> Matches:
        kind, text = self._next("a value")
        if kind == "word" and _NUMBER.fullmatch(text):
            return _numeric(find, compare, float(text))
        if compare in _ORDER:
            raise self._error(f"{compare} compares numbers only, not {text!r}")
        if kind not in ("quoted", "word"):
            raise self._error(f"the value {text!r} is not evaluated here")
        return _textual(find, _unescape(text) if kind == "quoted" else text, wanted=compare == "=")

    def _next(self, what: str) -> tuple[str, str]:
        if not self._tokens:
            raise self._error(f"{what} is missing at the end")
        return self._tokens.pop(0)

    def _take(self, kind: str, text: str) -> bool:
        if self._tokens[:1] == [(kind, text)]:
            del self._tokens[0]
            return True
        return False

    def _error(self, what: str) -> UnsupportedError:
        return UnsupportedError(f"filter pattern {self._text!r}: {what}")


def _numeric(find: Find, compare: str, number: float) -> Matches:
    def matches(event: Any) -> bool:
        value = find(event)
        # JSON's true is no number, though Python's is.
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if compare in _ORDER:
            return _ORDER[compare](value, number)
        return (value == number) == (compare == "=")

    return matches


def _textual(find: Find, text: str, *, wanted: bool) -> Matches:
    parts = [re.escape(part) for part in text.split("*")]
    pattern = re.compile(".*".join(parts), re.DOTALL)

    def matches(event: Any) -> bool:
        value = find(event)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return False
        return (pattern.fullmatch(str(value)) is not None) == wanted

    return matches


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
