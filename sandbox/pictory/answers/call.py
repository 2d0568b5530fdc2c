"""One authenticated call of one operation, and reading its body."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.pictory import errors
from sandbox.pictory.usage import Usage
from sandbox.pictory.values import JsonObject, JsonValue
from sandbox.pictory.world import World


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a handler gets: ``now`` is monotonic seconds.

    ``body`` and ``items`` are a JSON body whose root is an object or an array; both are empty without one.
    """

    world: World
    account: str
    now: float
    parameters: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: JsonObject = field(default_factory=dict)
    items: list[JsonValue] = field(default_factory=list)
    raw_body: bytes = b""

    @property
    def usage(self) -> Usage:
        """Of the calling account."""
        return self.world.usage[self.account]


Handler = Callable[[Call], JsonValue]
"""Makes the JSON of a successful answer, or raises :class:`~sandbox.pictory.errors.ApiError`.

None is the answer 204, which has no body.
"""


class Fields:
    """Reads a body's fields and gathers everything that is wrong, to answer it all at once."""

    def __init__(self, body: JsonObject) -> None:
        self._body = body
        self._problems: dict[str, list[str]] = {}

    def text(self, name: str, *, least: int = 1, most: int = 15_000, required: bool = True) -> str:
        """A string of ``least`` to ``most`` characters; empty when it is absent and may be."""
        value = self._body.get(name)
        if value is None:
            if required:
                self._add(name, f"{name} is required")
            return ""
        if not isinstance(value, str):
            self._add(name, f"{name} must be a string")
            return ""
        if not least <= len(value) <= most:
            self._add(name, f"{name} must be between {least} and {most} characters")
        return value

    def list(self, name: str) -> "list[JsonValue]":
        """A list of one item or more."""
        value = self._body.get(name)
        if not isinstance(value, list) or not value:
            self._add(name, f"{name} must be a non-empty array")
            return []
        return value

    def one_of(self, name: str, choices: "tuple[str, ...]", *, default: str) -> str:
        """One of ``choices``."""
        value = self._body.get(name, default)
        if value not in choices:
            self._add(name, f"{name} must be one of: {', '.join(choices)}")
            return default
        return str(value)

    def webhook(self) -> None:
        """The address to call when the job is done: at most 500 characters."""
        self.text("webhook", most=500, required=False)

    def check(self) -> None:
        """Raise everything that was found, if anything was."""
        if self._problems:
            raise errors.invalid_body(self._problems)

    def _add(self, name: str, message: str) -> None:
        self._problems.setdefault(name, []).append(message)


def words(value: JsonValue) -> int:
    """How many words of text a body holds, at any depth: what decides how long a video becomes."""
    if isinstance(value, str):
        return len(value.split())
    if isinstance(value, list):
        return sum(map(words, value))
    if isinstance(value, dict):
        return sum(
            words(item) for name, item in value.items() if name in _SPOKEN or isinstance(item, list | dict)
        )
    return 0


_SPOKEN = ("story", "text")
