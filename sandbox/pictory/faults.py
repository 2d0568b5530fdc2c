"""Trouble on request: the next calls fail in a way of the test's choice."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["status", "reset", "hang"]


@dataclass(kw_only=True)
class Failure:
    """``count`` more requests fail: by an HTTP ``status``, by a reset connection, or by no answer at all."""

    kind: Kind
    count: int
    status: int = 500
    path_contains: str = ""
    """Only paths that hold this text are hit; empty for all."""

    def take(self, path: str) -> bool:
        """Whether this request fails; counts it."""
        if self.count <= 0 or self.path_contains not in path:
            return False
        self.count -= 1
        return True
