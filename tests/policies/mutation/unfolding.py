"""Documents within documents: JSON in strings, compressed or not, opened for change and closed again.

A synthesized stack holds policies, event patterns, containers and Envoy's configuration as text. ``unfold`` turns
each into a :class:`Text` that holds its value; ``fold`` writes it back. Terraform's ``${…}`` inside of the text
stands as one private character meanwhile, since its quotes would break the JSON around it.
"""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_INTERPOLATION = re.compile(r'(?<!\$)\$\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\}')
_FIRST = 0xF8000
_LEAST_COMPRESSED = 64
REMOVE = object()

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Text:
    """What a string says: ``value``, written as JSON, and compressed when ``is_compressed``.

    ``written`` is the string itself, as long as nothing in it was changed.
    """

    value: Any
    is_compressed: bool = False
    interpolations: tuple[str, ...] = ()
    written: str | None = field(default=None, compare=False)


def unfold(value: Any) -> Any:
    """``value`` with every string that holds JSON as :class:`Text`, at any depth."""
    if isinstance(value, dict):
        return {key: unfold(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [unfold(inner) for inner in value]
    return _opened(value) if isinstance(value, str) else value


def fold(value: Any) -> Any:
    """``value`` with every :class:`Text` as the string that it was."""
    if isinstance(value, dict):
        return {key: fold(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [fold(inner) for inner in value]
    if not isinstance(value, Text):
        return value
    if value.written is not None:
        return value.written
    # Texts inside of it are folded as they are met.
    text = json.dumps(value.value, ensure_ascii=False, default=fold)
    if value.is_compressed:
        return base64.b64encode(zlib.compress(text.encode(), 1)).decode()
    for number, interpolation in enumerate(value.interpolations):
        text = text.replace(chr(_FIRST + number), interpolation)
    return text


def _opened(text: str) -> Any:
    if text[:1] in ("{", "["):
        found: list[str] = []

        def kept(match: re.Match[str]) -> str:
            found.append(match[0])
            return chr(_FIRST + len(found) - 1)

        try:
            value = json.loads(_INTERPOLATION.sub(kept, text))
        except ValueError:
            return text
        return Text(unfold(value), interpolations=tuple(found), written=text)
    if len(text) >= _LEAST_COMPRESSED:
        try:
            value = json.loads(zlib.decompress(base64.b64decode(text, validate=True)))
        except (binascii.Error, zlib.error, ValueError):
            return text
        return Text(unfold(value), is_compressed=True, written=text)
    return text


def is_reference(value: Any) -> bool:
    """Whether a string is a mention of another block, written out or within a :class:`Text`."""
    return isinstance(value, str) and (
        value.startswith("${aws_") or any(ord(character) >= _FIRST for character in value)
    )


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Everything in ``value`` with its path, which goes through the texts; comments are left out."""
    yield path, value
    inner = value.value if isinstance(value, Text) else value
    if isinstance(inner, dict):
        for key, child in inner.items():
            if key != "//":
                yield from walk(child, (*path, key))
    elif isinstance(inner, list):
        for index, child in enumerate(inner):
            yield from walk(child, (*path, index))


def changed(value: Any, path: Path, new: Any) -> Any:
    """A copy of ``value`` with ``new`` at ``path``, or without what is there."""
    if isinstance(value, Text):
        return Text(changed(value.value, path, new), value.is_compressed, value.interpolations)
    step, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    if rest:
        copy[step] = changed(value[step], tuple(rest), new)
    elif new is REMOVE:
        del copy[step]
    else:
        copy[step] = new
    return copy
