"""How readers may decode a text: Unicode's compatibility forms, and the escapes of HTML, URLs, JSON and C."""

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote

from .document import TOO_COMPLEX
from .hosts import INVALID
from .refused import RefusedError

MAX_READ: Final = 500_000
"""Characters of a body's readings. Some 400 presigned URLs have as many: each is read as it is and unescaped."""
MAX_TEXT: Final = 65_536
"""Characters of one text that is looked at closely. A story has at most 15,000."""
_READING: Final = 40
_COLON: Final = 4
_OTHER_LETTERS: Final = 4

_MOST_MARKS: Final = 30
"""Unicode's own bound for a text in a stream (UAX 15, stream-safe text format)."""

MAX_DECODINGS: Final = 5
"""Escapes within escapes. Documented bodies have one level: a URL in the query of another."""

_NUMBERED: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2}))")
_QUOTED: Final = re.compile(r"\\(.)", re.DOTALL)
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
# IDNA reads these as full stops; between other letters they end a Chinese or Japanese sentence.
_IDEOGRAPHIC_STOP: Final = re.compile(r"(?<=[A-Za-z0-9_-])[\u3002\uff61]|[\u3002\uff61](?=[A-Za-z0-9_-])")


class Budget:
    """What a close look at one body may cost, in characters of its readings.

    A reading counts as some characters more, and so does a colon, before which a scheme may stand. A reading with
    letters beyond ASCII counts several times, since their compatibility forms can be long.
    """

    def __init__(self) -> None:
        self._left = MAX_READ

    def spend(self, text: str) -> None:
        """Raises RefusedError when it is used up."""
        cost = len(text) + _READING + _COLON * text.count(":")
        self._left -= cost * (1 if text.isascii() else _OTHER_LETTERS)
        if self._left < 0:
            raise RefusedError(TOO_COMPLEX, "It has more URLs, escapes and markup than any call needs.")


def readings(text: str, budget: Budget) -> Iterator[str]:
    """``text`` itself, its compatibility form, and both of whatever undoing its escapes, in any order, makes of it.

    A text with control or format characters comes twice: without them, as a browser's URL parser reads it, and with
    spaces in their place, as a parser reads it that stops there. Raises RefusedError when the text is longer than
    :data:`MAX_TEXT`, or when :data:`MAX_DECODINGS` rounds leave escapes.
    """
    if len(text) > MAX_TEXT:
        raise RefusedError(TOO_COMPLEX, f"A text has more than {MAX_TEXT:,} characters.")
    known = {text, _compatible(text)}
    latest = [text]
    for _ in range(MAX_DECODINGS + 1):
        undone: list[str] = []
        for one in latest:
            plain = _compatible(one)
            yield from _forms(one, plain, budget)
            for sign, undo in _ESCAPES:
                if sign in plain and (result := undo(plain)) not in known:
                    known.add(result)
                    undone.append(result)
        if not undone:
            return
        latest = undone
    raise RefusedError(INVALID, f"A text has escapes within escapes, more than {MAX_DECODINGS} deep.")


def _forms(text: str, compatible: str, budget: Budget) -> Iterator[str]:
    for form in _without_controls(text):
        budget.spend(form)
        yield form
        plain = compatible if form is text else _compatible(form)
        if plain != form:
            budget.spend(plain)
            yield plain


def _marks_in_a_row(text: str) -> int:
    """Normalization sorts such a row, in a time that grows with the square of its length."""
    most = row = 0
    for combining in map(unicodedata.combining, text):
        row = row + 1 if combining else 0
        if row > most:
            most = row
    return most


def _without_controls(text: str) -> Iterator[str]:
    if text.isprintable():
        yield text
        return
    yield "".join(filter(str.isprintable, text))
    yield "".join(character if character.isprintable() else " " for character in text)


def _compatible(text: str) -> str:
    if text.isascii():
        return text
    if _marks_in_a_row(text) > _MOST_MARKS:
        raise RefusedError(TOO_COMPLEX, f"A text has more than {_MOST_MARKS} combining marks in a row.")
    return _IDEOGRAPHIC_STOP.sub(".", unicodedata.normalize("NFKC", text))


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2] or escape[3], 16)
    return chr(code) if code < 0x110000 else " "


def _unescape_html(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:  # more digits than Python converts
        raise RefusedError(INVALID, "A text has a character reference with too many digits.") from None


_ESCAPES: Final[tuple[tuple[str, Callable[[str], str]], ...]] = (
    ("&", _unescape_html),
    ("%", lambda text: unquote(text, errors="replace")),
    ("\\", lambda text: _NUMBERED.sub(_character, text)),
    ("\\", lambda text: _QUOTED.sub(lambda escape: _CONTROLS.get(escape[1], escape[1]), text)),
)
"""The sign that begins each kind of escape, and how it is undone."""
