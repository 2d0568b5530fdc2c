"""Configuration out of the environment: base64 of zlib of JSON, and of bounded size."""

import base64
import binascii
import json
import zlib
from typing import Final

VARIABLE: Final = "ENVOY_CONFIGURATION"
MAX_BYTES: Final = 8 * 1024 * 1024
"""Largest configuration that is unpacked: some ten times what a task definition can hold of an honest one."""


class ConfigurationError(ValueError):
    """It cannot be used; the message says why, and shows nothing of it."""


def unpacked(text: str, *, variable: str = VARIABLE) -> bytes:
    """The JSON object that ``text``, the value of ``variable``, holds, as the bytes that were packed.

    Raises
    ------
    ConfigurationError
        There is none, it is something else, or it is larger than :data:`MAX_BYTES`.
    """
    if not text:
        raise ConfigurationError(f"{variable} is not set: the task definition gives it")
    try:
        compressed = base64.b64decode(text, validate=True)
        stream = zlib.decompressobj()
        content = stream.decompress(compressed, MAX_BYTES + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise _unusable(variable, f"it is not base64 of zlib ({type(error).__name__})") from None
    if len(content) > MAX_BYTES:
        raise _unusable(variable, f"it is larger than {MAX_BYTES} bytes")
    if not stream.eof or stream.unused_data:
        raise _unusable(variable, "it is cut short, or something follows it")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _unusable(variable, f"it is no JSON ({type(error).__name__})") from None
    if not isinstance(document, dict) or not document:
        raise _unusable(variable, "it is no JSON object with something in it")
    return content


def _unusable(variable: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"{variable} cannot be used: {why}: deploy again with the pictory-egress that this image is of"
    )
