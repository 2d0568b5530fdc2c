"""The secret's value, read strictly."""

import json
import re
from dataclasses import dataclass, field
from typing import Final

from .settings import Mode

# What may stand in a header and is one word: anything else could add headers of its own.
_WORD: Final = re.compile(r"[\x21-\x7e]{1,4096}")


class MalformedError(ValueError):
    """The value is not a credential. The message names fields, never what they hold."""


@dataclass(frozen=True)
class ApiKey:
    """A key of Pictory's portal, to be sent as it is."""

    key: str = field(repr=False)


@dataclass(frozen=True)
class OAuthClient:
    """Client credentials, to be exchanged for tokens."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    user_id: str = field(repr=False)


def parse(text: str, *, mode: Mode) -> ApiKey | OAuthClient:
    """The credential in ``text``, which must be of ``mode``. Raises MalformedError."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedError("the secret is not JSON") from None
    if not isinstance(value, dict):
        raise MalformedError("the secret is not a JSON object")
    if value.get("mode") != mode:
        raise MalformedError(f"the secret's 'mode' is not {mode!r}, which this environment is set to")

    def word(name: str) -> str:
        content = value.get(name)
        if not isinstance(content, str) or not _WORD.fullmatch(content):
            raise MalformedError(f"the secret's {name!r} is not one word of printable ASCII")
        return content

    if mode == "api-key":
        return ApiKey(key=word("api_key"))
    return OAuthClient(
        client_id=word("client_id"), client_secret=word("client_secret"), user_id=word("user_id")
    )


def is_word(text: object) -> bool:
    """Whether ``text`` can be a header's value without adding to the request."""
    return isinstance(text, str) and _WORD.fullmatch(text) is not None
