"""A program's request for a token, in the form that Pictory's token endpoint takes.

Such a program sends an id and a secret first, and then the token that it gets. Its id here is the client's name, its
secret the gateway credential: the token that it gets is that credential again. Nothing is verified here. Envoy checks
the credential as it does with every other call, before it answers.
"""

import base64
import json
import re
import time
from dataclasses import dataclass
from typing import Any, Final

from .document import parse
from .refused import RefusedError

REQUEST_INVALID: Final = "token_request_invalid"
CLIENT_INVALID: Final = "token_client_invalid"

MAX_CREDENTIAL_CHARACTERS: Final = 8192

_CREDENTIAL: Final = re.compile(r"[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class TokenRequest:
    """``credential`` is a JSON Web Token of the client that asks, ``expires_in`` the seconds until its end."""

    credential: str
    expires_in: int

    @classmethod
    def from_body(cls, body: bytes) -> "TokenRequest":
        """From JSON. Raises RefusedError; its reason quotes nothing of the body."""
        try:
            document = parse(body)
        except RefusedError as error:
            raise RefusedError(REQUEST_INVALID, error.reason) from None
        id_, secret = document.get("client_id"), document.get("client_secret")
        if not isinstance(id_, str) or not isinstance(secret, str):
            raise RefusedError(REQUEST_INVALID, "client_id and client_secret must be strings.")
        claims = _claims(secret)
        if claims is None:
            raise RefusedError(CLIENT_INVALID, "client_secret is not a gateway credential.")
        if claims.get("sub") != id_:
            raise RefusedError(
                CLIENT_INVALID, "client_id is not the client that client_secret was issued to."
            )
        expires_at = claims.get("exp")
        left = expires_at - int(time.time()) if type(expires_at) is int else 0
        return cls(secret, max(0, left))


def _claims(credential: str) -> dict[str, Any] | None:
    """What a credential says of itself, unverified; None where it has not the form of one."""
    found = _CREDENTIAL.fullmatch(credential) if len(credential) <= MAX_CREDENTIAL_CHARACTERS else None
    if found is None:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4)))
    except (ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None
