"""A body as strict JSON (RFC 8259, I-JSON's demands): what two parsers could read differently is refused.

Work is bounded before it is done: a linear look at the brackets and commas outside of strings limits the number of
values, so that parsing takes time and memory in proportion to that, whatever is sent. The standard library's parser
bounds the depth of arrays and objects by itself; who walks through the document holds it to :data:`MAX_DEPTH`.
"""

import json
import math
import re
from typing import Any, Final, Literal, NoReturn

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
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


Root = Literal["object", "array"]
"""What the outermost value of a body is."""

_ROOTS: Final[dict[Root, tuple[type, str]]] = {"object": (dict, "an object"), "array": (list, "an array")}
_GZIP: Final = b"\x1f\x8b"


def parse(body: bytes, *, root: Root = "object") -> Any:
    """The value of ``body``, a dict or a list as ``root`` says. Its depth is not bounded yet. Raises RefusedError."""
    if body.startswith(_GZIP):
        raise RefusedError(NOT_JSON, "It is compressed (gzip): send it uncompressed.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError(NOT_JSON, f"Byte {error.start} is not UTF-8.") from None
    if text.startswith("\ufeff"):
        raise RefusedError(NOT_JSON, "It begins with a byte order mark.")
    _bound_values(text)
    try:
        document = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise RefusedError(NOT_JSON, f"{error.msg} at character {error.pos}.") from None
    except RecursionError:
        raise too_deep() from None
    expected, name = _ROOTS[root]
    if type(document) is not expected:
        raise RefusedError(NOT_JSON, f"It is not {name}.")
    if _SURROGATE.search(text):
        _refuse_half_pairs(document)
    return document


def _refuse_half_pairs(document: Any) -> None:
    # UTF-8 has no surrogates, so only an escape can have made one; whole pairs are characters by now.
    try:
        json.dumps(document, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise RefusedError(NOT_JSON, "A string has half of a surrogate pair.") from None
    except RecursionError:
        raise too_deep() from None


def _bound_values(text: str) -> None:
    if len(text) < 2 * MAX_VALUES:
        return  # a value and what parts it from the next take two characters
    # Every string takes two quotes, and there is at most one key a value.
    if text.count('"') - text.count('\\"') > 4 * MAX_VALUES:
        raise _too_many_values()
    skeleton = _STRING.sub("", text)
    if skeleton.count("[") + skeleton.count("{") + skeleton.count(",") >= MAX_VALUES:
        raise _too_many_values()


def too_deep() -> RefusedError:
    """Why a body is refused in which arrays and objects stand in each other more than :data:`MAX_DEPTH` times."""
    return RefusedError(TOO_COMPLEX, f"It is nested more than {MAX_DEPTH} deep.")


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
