"""Envoy's configuration as it travels in the task definition: one line of text that ``prepare`` unpacks."""

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

VARIABLE: Final = "ENVOY_CONFIGURATION"
"""Environment variable of the ``prepare`` container that holds it."""
MAX_BYTES: Final = 57_344
"""Longest packed configuration: what is left of the 65,536 bytes of a task definition is the containers' own."""


def canonical(document: Mapping[str, Any]) -> str:
    """``document`` as JSON: sorted, without spaces, in ASCII, so the same text for the same content."""
    return json.dumps(document, separators=(",", ":"), sort_keys=True)


def pack(document: Mapping[str, Any]) -> str:
    """``document`` as base64 of its canonical JSON, compressed by zlib at level 9."""
    return base64.b64encode(zlib.compress(canonical(document).encode(), 9)).decode()


def unpack(text: str) -> dict[str, Any]:
    """What :func:`pack` was given. For text of our own making: ``prepare`` and the policies check a stranger's.

    Raises
    ------
    ValueError
        ``text`` was not packed so.
    """
    try:
        document = json.loads(zlib.decompress(base64.b64decode(text, validate=True)))
    except zlib.error as error:
        raise ValueError(f"not compressed by zlib: {error}") from None
    if not isinstance(document, dict):
        raise ValueError(f"a JSON {type(document).__name__}, not an object")
    return document
