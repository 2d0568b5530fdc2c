"""Envoy's configuration packed in an environment variable: base64 of zlib of JSON.

This reads a stranger's task definition, and stands alone: stock checkov's users have no package of ours.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

from ..stack.values import NotKnownError, Unknown

VARIABLE: Final = "ENVOY_CONFIGURATION"
_MAX_BYTES: Final = 8 * 1024 * 1024


def unpacked(value: Any, field: str) -> Mapping[str, Any]:
    """The configuration that ``value`` of the variable holds.

    Raises
    ------
    NotKnownError
        It is not known yet, or is no packed JSON object.
    """
    if not isinstance(value, str):
        raise NotKnownError(field, value if isinstance(value, Unknown) else Unknown(text="no text"))
    try:
        stream = zlib.decompressobj()
        content = stream.decompress(base64.b64decode(value, validate=True), _MAX_BYTES + 1)
    except (ValueError, zlib.error):
        raise NotKnownError(field, Unknown(text="not base64 of zlib")) from None
    if len(content) > _MAX_BYTES or not stream.eof or stream.unused_data:
        raise NotKnownError(field, Unknown(text="too large, cut short, or followed by something"))
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise NotKnownError(field, Unknown(text="not JSON")) from None
    if not isinstance(document, Mapping):
        raise NotKnownError(field, Unknown(text=f"a {type(document).__name__}"))
    return document
