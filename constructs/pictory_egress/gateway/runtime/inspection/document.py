"""A body as strict JSON (RFC 8259, I-JSON's demands): what two parsers could read differently is refused.

Work is bounded before it is done: a linear look at the brackets and commas outside of strings limits depth and
number of values, so that parsing takes time and memory in proportion to those limits, whatever is sent.
"""

import json
import math
import re
from typing import Any, Final, NoReturn

from .refused import RefusedError

MAX_DEPTH: Final = 64
"""Arrays and objects within each other."""
MAX_VALUES: Final = 50_000
"""Values of all kinds. A storyboard of a hundred scenes has about 5,000."""
MAX_NUMBER_CHARACTERS: Final = 64

NOT_JSON: Final = "body_not_json"
DUPLICATE_KEY: Final = "body_duplicate_key"
TOO_COMPLEX: Final = "body_too_complex"

# A string, or what an unfinished one leaves up to the end: it always matches, so no position is looked at twice.
_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKET: Final = re.compile(r"[\[\]{}]")


def parse(body: bytes) -> dict[str, Any]:
    """The object in ``body``. Raises RefusedError."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError(NOT_JSON, f"Byte {error.start} is not UTF-8.") from None
    if text.startswith("\ufeff"):
        raise RefusedError(NOT_JSON, "It begins with a byte order mark.")
    _bound(text)
    try:
        document = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise RefusedError(NOT_JSON, f"{error.msg} at character {error.pos}.") from None
    if not isinstance(document, dict):
        raise RefusedError(NOT_JSON, "It is not an object.")
    return document


def _bound(text: str) -> None:
    # Every string takes two quotes, and there is at most one key a value.
    if text.count('"') - text.count('\\"') > 4 * MAX_VALUES:
        raise _too_many_values()
    skeleton = _STRING.sub("", text)
    opened = skeleton.count("[") + skeleton.count("{")
    if opened + skeleton.count(",") >= MAX_VALUES:
        raise _too_many_values()
    if opened <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _BRACKET.findall(skeleton):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise RefusedError(TOO_COMPLEX, f"It is nested more than {MAX_DEPTH} deep.")


def _too_many_values() -> RefusedError:
    return RefusedError(TOO_COMPLEX, f"It has more than {MAX_VALUES:,} values.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RefusedError(DUPLICATE_KEY, "An object has a key twice.")
    return found


def _constant(name: str) -> NoReturn:
    raise RefusedError(NOT_JSON, f"{name.lstrip('-')} is not JSON.")


def _integer(text: str) -> int:
    _length(text)
    return int(text)


def _float(text: str) -> float:
    _length(text)
    value = float(text)
    if math.isinf(value):
        raise RefusedError(NOT_JSON, "A number is larger than what can be held.")
    return value


def _length(text: str) -> None:
    if len(text) > MAX_NUMBER_CHARACTERS:
        raise RefusedError(TOO_COMPLEX, f"A number has more than {MAX_NUMBER_CHARACTERS} characters.")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_float
)
