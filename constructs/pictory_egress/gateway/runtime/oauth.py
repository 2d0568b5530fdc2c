"""Tokens for client credentials, over TLS from Pictory itself."""

import http.client
import json
import random
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from .credential import OAuthClient, is_word

TOKEN_PATH: Final = "/pictoryapis/v1/oauth2/token"  # noqa: S105 - a path
_TIMEOUT_SECONDS: Final = 10
_MAX_ANSWER_BYTES: Final = 65_536
_LIFETIME_SECONDS: Final = (60, 86_400)
# Some of a token's life is left when it is renewed; tasks spread out over a tenth of it.
_RENEW_AFTER: Final = (0.7, 0.8)


class TokenRefusedError(Exception):
    """No token was given. The message is a short reason without anything of the answer in it."""


@dataclass(frozen=True)
class Token:
    """An access token; times are of the monotonic clock, in seconds."""

    value: str = field(repr=False)
    renew_at: float
    expires_at: float


class TokenEndpoint:
    """Exchanges client credentials. ``connect`` makes the connection; tests give their own."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        user_agent: str,
        connect: Callable[[], http.client.HTTPConnection] | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._connect = connect or (lambda: _https(host, port))

    def exchange(self, client: OAuthClient) -> Token:
        """A new token. Raises TokenRefusedError."""
        asked_at = time.monotonic()
        body = json.dumps({"client_id": client.client_id, "client_secret": client.client_secret})
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": self._user_agent,
        }
        connection = self._connect()
        try:
            connection.request("POST", TOKEN_PATH, body=body, headers=headers)
            response = connection.getresponse()
            status, content = response.status, response.read(_MAX_ANSWER_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            raise TokenRefusedError(f"connection_{type(error).__name__}") from None
        finally:
            connection.close()
        if status != http.HTTPStatus.OK:
            raise TokenRefusedError(f"status_{status}")
        return _token(_object(content), asked_at)


def _https(host: str, port: int) -> http.client.HTTPConnection:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return http.client.HTTPSConnection(host, port, timeout=_TIMEOUT_SECONDS, context=context)


def _object(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content) if len(content) <= _MAX_ANSWER_BYTES else None
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise TokenRefusedError("answer_malformed")
    return answer


def _token(answer: dict[str, Any], asked_at: float) -> Token:
    value, lifetime = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(value, str) or not is_word(value):
        raise TokenRefusedError("token_malformed")
    if isinstance(lifetime, bool) or not isinstance(lifetime, (int, float)):
        raise TokenRefusedError("lifetime_malformed")
    seconds = min(max(float(lifetime), _LIFETIME_SECONDS[0]), _LIFETIME_SECONDS[1])
    share = random.uniform(*_RENEW_AFTER)  # noqa: S311 - it spreads load, it guards nothing
    return Token(value=value, renew_at=asked_at + share * seconds, expires_at=asked_at + seconds)
