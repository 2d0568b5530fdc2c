"""Text transformations: what a statement does to a part of the request before it compares."""

import base64
import binascii
import html
import posixpath
import re
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from sandbox.front.waf.errors import UnsupportedError

Transform = Callable[[bytes], bytes]

_SPACES: Final = re.compile(rb"[\f\t\n\r\v\xa0 ]+")
_UNICODE_ESCAPE: Final = re.compile(rb"%u([0-9a-fA-F]{4})")


def transformer(transformations: Sequence[Any], *, where: str) -> Transform:
    """All of ``transformations`` in the order of their priorities.

    Raises
    ------
    UnsupportedError
        One is not known here.
    """
    steps = []
    for transformation in sorted(transformations, key=lambda each: each["Priority"]):
        kind = transformation["Type"]
        if kind not in _STEPS:
            raise UnsupportedError(f"{where}: text transformation {kind!r} is not evaluated here")
        if kind != "NONE":
            steps.append(_STEPS[kind])

    def apply(data: bytes) -> bytes:
        for step in steps:
            data = step(data)
        return data

    return apply


def _unquote(data: bytes) -> bytes:
    return unquote_to_bytes(data.replace(b"+", b" "))


def _unquote_unicode(data: bytes) -> bytes:
    return _unquote(
        _UNICODE_ESCAPE.sub(lambda match: chr(int(match[1], 16)).encode("utf-8", "replace"), data)
    )


def _normalize_path(data: bytes) -> bytes:
    return posixpath.normpath(re.sub(rb"/+", b"/", data)) if data else data


def _html_decode(data: bytes) -> bytes:
    return html.unescape(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _base64(data: bytes) -> bytes:
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4))
    except (binascii.Error, ValueError):
        return data


def _hex(data: bytes) -> bytes:
    try:
        return binascii.unhexlify(data)
    except (binascii.Error, ValueError):
        return data


_STEPS: Final[dict[str, Transform]] = {
    "NONE": lambda data: data,
    "LOWERCASE": bytes.lower,
    "URL_DECODE": _unquote,
    "URL_DECODE_UNI": _unquote_unicode,
    "COMPRESS_WHITE_SPACE": lambda data: _SPACES.sub(b" ", data),
    "HTML_ENTITY_DECODE": _html_decode,
    "NORMALIZE_PATH": _normalize_path,
    "NORMALIZE_PATH_WIN": lambda data: _normalize_path(data.replace(b"\\", b"/")),
    "REMOVE_NULLS": lambda data: data.replace(b"\0", b""),
    "REPLACE_NULLS": lambda data: data.replace(b"\0", b" "),
    "BASE64_DECODE": _base64,
    "HEX_DECODE": _hex,
}
