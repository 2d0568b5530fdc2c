"""Reads Terraform's templates and the expressions inside them, as far as a policy needs.

Literals, lists, objects, references and the functions that only join values are evaluated. Everything else
(conditions, loops, arithmetic, other functions) is :class:`Unknown`: a policy then has no verdict, never a pass.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from .values import Encoded, Reference, Unknown, template

Scope = Mapping[str, Any]
"""Values of references that are known, such as ``local.region``."""

_NAME: Final = r"[A-Za-z_][A-Za-z0-9_-]*"
_REFERENCE: Final = re.compile(rf"{_NAME}(?:\.(?:{_NAME}|\d+|\*)|\[(?:\d+|\*|\"[^\"\\]*\")\])*")
_MENTION: Final = re.compile(
    rf"(?<![A-Za-z0-9_.\"-])(?:data\.)?([a-z][a-z0-9]*_[a-z0-9_]+|local|var|module)\.({_NAME})"
)
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_SPECIAL: Final = re.compile(r'[$%"\\]')
_DEEPEST: Final = 100


class _UnsupportedError(Exception):
    """The text is not among what is evaluated."""


def evaluate_template(text: str, scope: Scope) -> Any:
    """The value of a string of ``cdk.tf.json``: text with ``${…}`` in it, and ``$${`` and ``%%{`` for themselves."""
    if "${" not in text and "%{" not in text:
        return text
    try:
        reader = _Reader(text, scope)
        parts = reader.template(end=None)
    except _UnsupportedError:
        return _unknown(text)
    return template(parts)


def references_in(text: str) -> tuple[Reference, ...]:
    """Every block that an expression mentions, found without evaluating it."""
    found = []
    for match in _MENTION.finditer(text):
        rest = re.match(rf"(?:\[[^\]]*\])?\.({_NAME})", text[match.end() :])
        found.append(Reference(address=match[0], attribute=rest[1] if rest else ""))
    return tuple(dict.fromkeys(found))


def _unknown(text: str) -> Unknown:
    return Unknown(text=text, references=references_in(text))


class _Reader:
    """A recursive descent over one template."""

    def __init__(self, text: str, scope: Scope) -> None:
        self.text, self.scope = text, scope
        self.at = 0
        self.depth = 0

    def template(self, *, end: str | None) -> list[Any]:
        parts: list[Any] = []
        literal = ""
        while self.at < len(self.text):
            if end and self._skip(end):
                return [*parts, literal] if literal else parts
            if self._skip("$${"):
                literal += "${"
            elif self._skip("%%{"):
                literal += "%{"
            elif self._skip("${"):
                if literal:
                    parts.append(literal)
                literal = ""
                parts.append(self._interpolation())
            elif self.text.startswith("%{", self.at):
                raise _UnsupportedError
            elif end and self.text[self.at] == "\\":
                literal += self._escape()
            else:
                special = _SPECIAL.search(self.text, self.at + 1)
                following = special.start() if special else len(self.text)
                literal += self.text[self.at : following]
                self.at = following
        if end:
            raise _UnsupportedError
        return [*parts, literal] if literal else parts

    def _interpolation(self) -> Any:
        start, depth = self.at, self.depth
        try:
            value = self._expression()
            self._space()
            if self._skip("}"):
                return value
        except _UnsupportedError:
            pass
        # Not understood: find its end by counting braces outside of strings.
        self.depth = depth
        self.at = _closing_brace(self.text, start)
        return _unknown("${" + self.text[start : self.at - 1] + "}")

    def _expression(self) -> Any:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _UnsupportedError
        self._space()
        value = self._term()
        self._space()
        self.depth -= 1
        return value

    def _term(self) -> Any:
        if self._skip('"'):
            parts = self.template(end='"')
            return template(parts)
        if self._skip("["):
            return self._items("]")
        if self._skip("{"):
            return self._object()
        if self._skip("("):
            value = self._expression()
            self._expect(")")
            return value
        if match := _NUMBER.match(self.text, self.at):
            self.at = match.end()
            return float(match[0]) if match[1] or match[2] else int(match[0])
        match = _REFERENCE.match(self.text, self.at)
        if not match:
            raise _UnsupportedError
        self.at = match.end()
        word = match[0]
        if self._skip("("):
            return self._call(word)
        constants = {"true": True, "false": False, "null": None}
        return constants[word] if word in constants else self._reference(word)

    def _reference(self, word: str) -> Any:
        if word in self.scope:
            return self.scope[word]
        return Unknown(text="${" + word + "}", references=references_in(word))

    def _items(self, end: str) -> list[Any]:
        items: list[Any] = []
        self._space()
        while not self._skip(end):
            items.append(self._expression())
            if not self._skip(","):
                self._expect(end)
                break
            self._space()
        return items

    def _object(self) -> dict[str, Any]:
        result: dict[str, Any] = {}
        self._space()
        while not self._skip("}"):
            key = self._key()
            self._space()
            if not (self._skip("=") or self._skip(":")):
                raise _UnsupportedError
            result[key] = self._expression()
            self._skip(",")
            self._space()
        return result

    def _key(self) -> str:
        if self._skip('"'):
            key = template(self.template(end='"'))
            return key.text if isinstance(key, Unknown) else str(key)
        match = re.compile(_NAME).match(self.text, self.at)
        if not match:
            raise _UnsupportedError
        self.at = match.end()
        return match[0]

    def _call(self, name: str) -> Any:
        start = self.at
        arguments = self._items(")")
        if name in _FUNCTIONS:
            result = _FUNCTIONS[name](arguments)
            if result is not _NOT_EVALUATED:
                return result
        return _unknown("${" + name + "(" + self.text[start : self.at] + "}")

    def _escape(self) -> str:
        follows = self.text[self.at + 1 : self.at + 2]
        if follows in _ESCAPES:
            self.at += 2
            return _ESCAPES[follows]
        match = re.compile(r"\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})").match(self.text, self.at)
        if not match:
            raise _UnsupportedError
        self.at = match.end()
        return chr(int(match[1] or match[2], 16))

    def _skip(self, token: str) -> bool:
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def _expect(self, token: str) -> None:
        self._space()
        if not self._skip(token):
            raise _UnsupportedError

    def _space(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in " \t\r\n":
            self.at += 1


def _closing_brace(text: str, start: int) -> int:
    """Index after the brace that closes an interpolation whose content starts at ``start``."""
    depth, at, quoted = 1, start, False
    while at < len(text):
        character = text[at]
        if character == "\\" and quoted:
            at += 1
        elif character == '"':
            quoted = not quoted
        elif not quoted and character in "{}":
            depth += 1 if character == "{" else -1
            if depth == 0:
                return at + 1
        at += 1
    raise _UnsupportedError


_NOT_EVALUATED: Final = object()


def _join(arguments: list[Any]) -> Any:
    if len(arguments) != 2 or not isinstance(arguments[0], str) or not isinstance(arguments[1], list):
        return _NOT_EVALUATED
    parts: list[Any] = []
    for index, item in enumerate(arguments[1]):
        parts += [arguments[0], item] if index and arguments[0] else [item]
    return template(parts)


def _concat(arguments: list[Any]) -> Any:
    if not all(isinstance(argument, list) for argument in arguments):
        return _NOT_EVALUATED
    return [item for argument in arguments for item in argument]


def _merge(arguments: list[Any]) -> Any:
    if not all(isinstance(argument, dict) for argument in arguments):
        return _NOT_EVALUATED
    return {key: value for argument in arguments for key, value in argument.items()}


def _itself(arguments: list[Any]) -> Any:
    return arguments[0] if len(arguments) == 1 else _NOT_EVALUATED


_FUNCTIONS: Final[Mapping[str, Callable[[list[Any]], Any]]] = {
    "jsonencode": lambda arguments: Encoded(arguments[0]) if len(arguments) == 1 else _NOT_EVALUATED,
    "join": _join, "concat": _concat, "merge": _merge,
    "tolist": _itself, "toset": _itself, "tomap": _itself, "tostring": _itself, "sensitive": _itself,
    "nonsensitive": _itself,
}  # fmt: skip
