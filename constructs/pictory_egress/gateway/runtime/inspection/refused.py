"""Why a body is refused."""

from typing import Final

_LONGEST_WORD: Final = 40
_LONGEST_PLACE: Final = 200


class RefusedError(Exception):
    """``code`` is one of the gateway's table of refusals, ``reason`` a sentence that quotes nothing of the body but
    a host that is well-formed. The place in the body is noted step by step, as the error leaves it; ``field`` is the
    innermost key."""

    def __init__(self, code: str, reason: str, *, field: str | None = None, host: str | None = None) -> None:
        super().__init__(f"{code}: {reason}")
        self.code, self.reason, self.field, self.host = code, reason, field, host
        self._place = ""

    def within(self, step: str | int) -> None:
        """Notes that this is at key or index ``step`` of what is around. Keys that are no plain words stay unsaid."""
        if isinstance(step, int):
            name = f"[{step}]"
        else:
            word = len(step) <= _LONGEST_WORD and step.isascii() and step.replace("_", "").isalnum()
            name = step if word else "…"
            self.field = self.field or name
        joint = "." if self._place and not self._place.startswith("[") else ""
        if len(self._place) <= _LONGEST_PLACE:
            self._place = f"{name}{joint}{self._place}"

    @property
    def detail(self) -> str:
        """Place and reason, for the caller."""
        return f"{self._place}: {self.reason}" if self._place else self.reason
