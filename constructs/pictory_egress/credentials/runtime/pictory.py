"""Asks Pictory whether a credential works, and whose it is: free, read-only calls over TLS."""

import http.client
import json
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from .configuration import Configuration
from .credential import Credential

_TIMEOUT: Final = 10.0
_PAUSES: Final = (2.0, 6.0)
_LARGEST_ANSWER: Final = 64 * 1024

ACCEPTED: Final = "accepted"
REFUSED: Final = "refused_by_pictory"
RATE_LIMITED: Final = "rate_limited"
UNREACHABLE: Final = "unreachable"
UNAVAILABLE: Final = "unavailable"
UNTRUSTED: Final = "untrusted_certificate"
CLOUDFLARE: Final = "refused_by_cloudflare"
UNEXPECTED: Final = "unexpected_answer"

SAME_ACCOUNT: Final = "same_account"
ANOTHER_ACCOUNT: Final = "another_account"
UNKNOWN_ACCOUNT: Final = "account_unknown"

# A job's id, as lists of jobs hold it; only one of exactly this form goes into a path.
_JOB: Final = re.compile(rb'"job_?[iI]d"\s*:\s*"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"')

_WORTH_ANOTHER_TRY: Final = frozenset({RATE_LIMITED, UNREACHABLE, UNAVAILABLE})


@dataclass(frozen=True)
class Verdict:
    """``reason`` is a constant of this module; ``status`` the HTTP status, where there was an answer."""

    reason: str
    status: int | None = None
    attempts: int = 1


@dataclass(frozen=True)
class _Answer:
    status: int
    body: bytes

    @property
    def is_object(self) -> bool:
        """Whether the body is a JSON object, as Pictory itself answers."""
        return isinstance(self._parsed, dict)

    @property
    def object(self) -> dict[str, Any]:
        """The body, where it is a JSON object."""
        return dict(self._parsed)

    @property
    def _parsed(self) -> Any:
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Pictory:
    """The way to Pictory's API that the function takes; the gateway takes the same network path.

    ``sleep`` pauses between attempts and ``context`` decides which certificates are trusted.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        context: ssl.SSLContext | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._configuration = configuration
        self._given_context = context
        self._sleep = sleep

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return self._given_context or ssl.create_default_context()

    def verify(self, credential: Credential) -> Verdict:
        """Whether Pictory accepts ``credential``; tried up to three times where trying again can help."""
        return self._patiently(lambda: self._verify(credential))

    def account(self, current: Credential | None, candidate: Credential, witness: str | None) -> str:
        """Whether an API key is of the current one's account: may it see a job of that account?

        A key says nothing of its owner, and no call tells it. ``witness`` is a job that the current key has seen;
        without it, or when Pictory has it no more, the current key is asked for one, which it tells while it lives.
        Pictory's own 403 for the job is the one answer that means another account.
        """
        if candidate.mode != "api-key":
            return UNKNOWN_ACCOUNT
        known = UNKNOWN_ACCOUNT if witness is None else self._sees(candidate, witness)
        if known != UNKNOWN_ACCOUNT or current is None:
            return known
        job = self.newest_job(current)
        return UNKNOWN_ACCOUNT if job in (None, witness) else self._sees(candidate, str(job))

    def newest_job(self, credential: Credential) -> str | None:
        """The id of the newest job that an API key lists; None when it lists none, or is no such key."""
        if credential.mode != "api-key":
            return None
        try:
            listed = self._call(
                "GET", self._configuration.jobs_path, {"Authorization": credential["api_key"]}
            )
        except (OSError, http.client.HTTPException):
            return None
        job = _JOB.search(listed.body)
        return None if listed.status != http.client.OK or job is None else job[1].decode()

    def _sees(self, candidate: Credential, job: str) -> str:
        path, headers = f"{self._configuration.jobs_path}/{job}", {"Authorization": candidate["api_key"]}
        verdict = self._patiently(lambda: _judge(self._call("GET", path, headers)))
        if verdict.reason == ACCEPTED:
            return SAME_ACCOUNT
        refused = (verdict.reason, verdict.status) == (REFUSED, http.client.FORBIDDEN)
        return ANOTHER_ACCOUNT if refused else UNKNOWN_ACCOUNT

    def _patiently(self, ask: Callable[[], Verdict]) -> Verdict:
        verdict = _told(ask)
        for attempt, pause in enumerate(_PAUSES, start=2):
            if verdict.reason not in _WORTH_ANOTHER_TRY:
                break
            self._sleep(pause)
            verdict = replace(_told(ask), attempts=attempt)
        return verdict

    def _verify(self, credential: Credential) -> Verdict:
        if credential.mode == "oauth":
            return self._oauth(credential)
        return self._quota({"Authorization": credential["api_key"]})

    def _oauth(self, credential: Credential) -> Verdict:
        body = json.dumps({name: credential[name] for name in ("client_id", "client_secret")})
        answer = self._call(
            "POST", self._configuration.token_path, {"Content-Type": "application/json"}, body=body.encode()
        )
        if answer.status == http.client.BAD_REQUEST and answer.is_object:
            return Verdict(REFUSED, answer.status)
        verdict = _judge(answer)
        if verdict.reason != ACCEPTED:
            return verdict
        token = answer.object.get("access_token")
        # Only what may stand in a header: http.client would name the value in its error.
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            return Verdict(UNEXPECTED, answer.status)
        return self._quota({"Authorization": token, "X-Pictory-User-Id": credential["user_id"]})

    def _quota(self, headers: dict[str, str]) -> Verdict:
        return _judge(self._call("GET", self._configuration.verify_path, headers))

    def _call(self, method: str, path: str, headers: dict[str, str], *, body: bytes | None = None) -> _Answer:
        to = self._configuration
        connection = http.client.HTTPSConnection(to.host, to.port, timeout=_TIMEOUT, context=self._context)
        try:
            own = {"User-Agent": to.user_agent, "Accept": "application/json"}
            connection.request(method, path, body=body, headers={**own, **headers})
            response = connection.getresponse()
            return _Answer(response.status, response.read(_LARGEST_ANSWER))
        finally:
            connection.close()


def _told(ask: Callable[[], Verdict]) -> Verdict:
    try:
        return ask()
    except ssl.SSLCertVerificationError:
        return Verdict(UNTRUSTED)
    except (OSError, http.client.HTTPException):
        return Verdict(UNREACHABLE)


def _judge(answer: _Answer) -> Verdict:
    """What an answer says of the credential. Only Pictory's own JSON counts as its word."""
    status, spoke_json = answer.status, answer.is_object
    if status == http.client.OK:
        return Verdict(ACCEPTED if spoke_json else UNEXPECTED, status)
    if status == http.client.TOO_MANY_REQUESTS:
        return Verdict(RATE_LIMITED, status)
    if status >= http.client.INTERNAL_SERVER_ERROR:
        return Verdict(UNAVAILABLE, status)
    if status in (http.client.UNAUTHORIZED, http.client.FORBIDDEN) and spoke_json:
        return Verdict(REFUSED, status)
    if status == http.client.FORBIDDEN and b"error 1010" in answer.body.lower():
        return Verdict(CLOUDFLARE, status)
    return Verdict(UNEXPECTED, status)
