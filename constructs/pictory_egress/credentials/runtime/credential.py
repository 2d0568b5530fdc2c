"""The credential for Pictory as it lies in Secrets Manager, and the candidate that an operator staged."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

_LONGEST: Final = 4096
_CLOCK_SKEW: Final = timedelta(minutes=5)
_WORD: Final = re.compile(r"[\x21-\x7e]{1,1024}")
_API_KEY: Final = re.compile(r"pictai_[\x21-\x7e]{1,1024}")
_STAGED_BY: Final = re.compile(r"[\x20-\x7e]{1,512}")
_FIELDS: Final = {"api-key": ("api_key",), "oauth": ("client_id", "client_secret", "user_id")}


class MalformedError(ValueError):
    """A secret's value is not of the agreed shape. The message names fields only, never what they hold."""


@dataclass(frozen=True)
class Credential:
    """What proves us to Pictory. Its values stay out of ``repr``."""

    mode: str
    values: tuple[tuple[str, str], ...] = field(repr=False)

    def __getitem__(self, name: str) -> str:
        return dict(self.values)[name]

    @property
    def account(self) -> str | None:
        """The Pictory user that an OAuth credential belongs to; an API key does not say."""
        return dict(self.values).get("user_id")

    def to_json(self) -> str:
        """The value for Secrets Manager; always the same text, so that a retry changes nothing."""
        return json.dumps({"mode": self.mode, **dict(self.values)}, sort_keys=True)


@dataclass(frozen=True)
class Candidate:
    """A credential on its way to become the current one."""

    credential: Credential
    staged_at: datetime
    staged_by: str

    def age(self, *, now: datetime) -> timedelta:
        """Time since it was staged, never below zero."""
        return max(now - self.staged_at, timedelta(0))


def parse_credential(text: str) -> Credential:
    """Raises MalformedError when ``text`` is not exactly a credential."""
    value = _object(text)
    credential = _credential(value)
    _nothing_else(value, ("mode", *_FIELDS[credential.mode]))
    return credential


def parse_candidate(text: str, *, now: datetime) -> Candidate:
    """Raises MalformedError when ``text`` is not exactly a credential, ``staged_at`` and ``staged_by``."""
    value = _object(text)
    credential = _credential(value)
    _nothing_else(value, ("mode", *_FIELDS[credential.mode], "staged_at", "staged_by"))
    staged_by = value.get("staged_by")
    if not isinstance(staged_by, str) or not _STAGED_BY.fullmatch(staged_by):
        raise MalformedError("staged_by is not a name of printable ASCII")
    return Candidate(credential, _staged_at(value.get("staged_at"), now=now), staged_by)


def _object(text: str) -> dict[str, Any]:
    if len(text) > _LONGEST:
        raise MalformedError(f"it is longer than {_LONGEST} characters")
    try:
        value = json.loads(text, object_pairs_hook=_unique)
    except (json.JSONDecodeError, RecursionError):
        raise MalformedError("it is not JSON") from None
    if not isinstance(value, dict):
        raise MalformedError("it is not a JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise MalformedError("it holds a field twice")
    return dict(pairs)


def _credential(value: dict[str, Any]) -> Credential:
    mode = value.get("mode")
    if not isinstance(mode, str) or mode not in _FIELDS:
        raise MalformedError("mode is neither 'api-key' nor 'oauth'")
    values = []
    for name in _FIELDS[mode]:
        text, shape = value.get(name), _API_KEY if name == "api_key" else _WORD
        if not isinstance(text, str) or not shape.fullmatch(text):
            raise MalformedError(f"{name} is missing, or not what Pictory issues")
        values.append((name, text))
    return Credential(mode, tuple(values))


def _nothing_else(value: dict[str, Any], names: tuple[str, ...]) -> None:
    # A key pasted as a field's name must not reach a log: the surplus is counted, not named.
    surplus = len(value.keys() - set(names))
    if surplus:
        raise MalformedError(f"it holds {surplus} field(s) beside {', '.join(names)}")


def _staged_at(value: object, *, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise MalformedError("staged_at is not an ISO 8601 time with its offset")
    if moment > now + _CLOCK_SKEW:
        raise MalformedError("staged_at lies in the future")
    return moment.astimezone(UTC)
