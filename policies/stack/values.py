"""The values of a stack's resources, of which some are not known before the stack is applied."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Never

_PLACEHOLDERS = 0xF0000  # a private plane of Unicode: no configuration holds these characters
_PLACEHOLDER = re.compile(f"[{chr(_PLACEHOLDERS)}-{chr(0xFFFFD)}]")


@dataclass(frozen=True)
class Reference:
    """A mention of another block: ``aws_kms_key.k`` and, after it, ``arn``. Empty attribute: the whole block."""

    address: str
    attribute: str = ""


@dataclass(frozen=True)
class Unknown:
    """A value that Terraform fills in later.

    ``text`` is the expression as written, ``references`` the blocks it mentions. A template such as
    ``${aws_kms_key.k.arn}/*`` has ``parts``, its literal strings and unknown values in order.

    To look into it, count it or compare its size raises :class:`NotKnownError`: a policy that takes it for the value
    that it stands for has no verdict.
    """

    text: str
    references: tuple[Reference, ...] = ()
    parts: tuple["str | Unknown", ...] = ()

    @property
    def literal(self) -> str:
        """What is known of the text: the literal parts of a template, empty for a single expression."""
        return "".join(part for part in self.parts if isinstance(part, str))

    def __bool__(self) -> bool:
        return True

    def _asked(self, *_: Any) -> Never:
        raise NotKnownError("a value", self)

    __iter__ = __contains__ = __getitem__ = __len__ = __int__ = __float__ = __index__ = _asked
    __lt__ = __le__ = __gt__ = __ge__ = _asked

    if not TYPE_CHECKING:  # to mypy an attribute that it does not have stays a mistake

        def __getattr__(self, name: str) -> Never:
            """Methods of the value that it stands for: ``get``, ``items``, ``startswith``."""
            if name.startswith("_"):
                raise AttributeError(name)
            raise NotKnownError("a value", self)


@dataclass(frozen=True)
class Encoded:
    """A value that ``jsonencode`` turns into text: kept as the value, since that is what is judged."""

    value: Any


class NotKnownError(Exception):
    """A policy asked for a value that is not known yet: it has no verdict."""

    def __init__(self, field: str, value: Unknown) -> None:
        self.field, self.value = field, value
        super().__init__(f"{field} is {value.text}, which is not known before the stack is applied")


def known(value: Any, field: str) -> Any:
    """``value``, all of it known.

    Raises
    ------
    NotKnownError
        ``value`` is, or holds, something unknown.
    """
    for part in walk(value):
        if isinstance(part, Unknown):
            raise NotKnownError(field, part)
    return value


def written(value: Any) -> str:
    """A name as it stands in the configuration: of one that comes later, the expression that it comes from."""
    return value.text if isinstance(value, Unknown) else str(value)


def is_set(value: Any) -> bool:
    """Whether a block is there: an empty one is, an empty list of blocks, as plans write it, is not."""
    return value is not None and value != []


def walk(value: Any) -> Iterator[Any]:
    """``value`` and everything inside it: keys are left out, jsonencoded values are entered."""
    yield value
    if isinstance(value, Encoded):
        yield from walk(value.value)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)


def references(value: Any) -> set[Reference]:
    """Every mention of another block in ``value``."""
    return {reference for part in walk(value) if isinstance(part, Unknown) for reference in part.references}


def parse_json(value: Any, field: str) -> Any:
    """The value of JSON text, with what is unknown inside its strings left as :class:`Unknown`.

    Raises
    ------
    NotKnownError
        The text is unknown where JSON's own structure should be.
    ValueError
        The text is no JSON.
    """
    if isinstance(value, Encoded):
        return parse_json(value.value, field) if isinstance(value.value, Unknown) else value.value
    if isinstance(value, str):
        return _loads(value)
    if not isinstance(value, Unknown):
        raise TypeError(f"{field} is {type(value).__name__}, not JSON text")
    if not value.parts:
        raise NotKnownError(field, value)
    holes = [part for part in value.parts if isinstance(part, Unknown)]
    numbers = iter(range(len(holes)))
    text = "".join(
        part if isinstance(part, str) else chr(_PLACEHOLDERS + next(numbers)) for part in value.parts
    )
    try:
        return _fill(_loads(text), holes)
    except ValueError:
        raise NotKnownError(field, value) from None


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _fill(value: Any, holes: list[Unknown]) -> Any:
    if isinstance(value, dict):
        return {_plain(key, holes): _fill(inner, holes) for key, inner in value.items()}
    if isinstance(value, list):
        return [_fill(inner, holes) for inner in value]
    return template(_split(value, holes)) if isinstance(value, str) else value


def _plain(key: str, holes: list[Unknown]) -> str:
    return "".join(part if isinstance(part, str) else part.text for part in _split(key, holes))


def _split(text: str, holes: list[Unknown]) -> list[str | Unknown]:
    parts: list[str | Unknown] = []
    at = 0
    for match in _PLACEHOLDER.finditer(text):
        number = ord(match[0]) - _PLACEHOLDERS
        if number < len(holes):
            parts += [text[at : match.start()], holes[number]] if match.start() > at else [holes[number]]
            at = match.end()
    return [*parts, text[at:]] if at < len(text) else parts


def template(parts: list[Any]) -> Any:
    """One value of a template's parts: text when all is known, the value itself when it stands alone."""
    if not parts:
        return ""
    if len(parts) == 1:
        return parts[0]
    flat: list[str | Unknown] = []
    for part in parts:
        pieces: tuple[str | Unknown, ...]
        if isinstance(part, Unknown):
            pieces = part.parts or (part,)
        elif isinstance(part, bool):
            pieces = ("true" if part else "false",)
        elif isinstance(part, str | int | float):
            pieces = (str(part),)
        elif isinstance(part, Encoded):
            return _encoded_inside(parts)
        else:
            return Unknown(text="".join(map(str, parts)), references=tuple(references(parts)))
        for piece in pieces:
            if flat and isinstance(piece, str) and isinstance(flat[-1], str):
                flat[-1] += piece
            else:
                flat.append(piece)
    if all(isinstance(piece, str) for piece in flat):
        return "".join(str(piece) for piece in flat)
    text = "".join(piece if isinstance(piece, str) else piece.text for piece in flat)
    mentioned = dict.fromkeys(r for piece in flat if isinstance(piece, Unknown) for r in piece.references)
    return Unknown(text=text, references=tuple(mentioned), parts=tuple(flat))


def _encoded_inside(parts: list[Any]) -> Unknown:
    return Unknown(text="${jsonencode(…)} within text", references=tuple(references(parts)))
