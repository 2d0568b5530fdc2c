"""What the keeping and rotating of Pictory's key may be asked to be."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from pictory_egress.types import RetentionDays, Settings

_RATE = re.compile(r"rate\(([1-9][0-9]*) (hours?|days?)\)")


def _hours(value: str) -> int:
    match = _RATE.fullmatch(value)
    if not match:
        raise ValueError("not a schedule: write 'rate(30 days)' or 'rate(4 hours)'")
    return int(match[1]) * (24 if match[2].startswith("day") else 1)


def _schedule(value: str) -> str:
    hours = _hours(value)
    if hours < 4:
        raise ValueError("Secrets Manager rotates every 4 hours at most: write 'rate(4 hours)' or longer")
    if hours > 999 * 24:
        raise ValueError("Secrets Manager rotates every 999 days at least: write 'rate(999 days)' or shorter")
    return value


def _recovery(value: int) -> int:
    if 0 < value < 7:
        raise ValueError(
            "Secrets Manager keeps a deleted secret for 7 to 30 days: write one of these, or 0 for none"
        )
    return value


class CredentialSettings(Settings):
    """``mode`` is ``api-key`` (a key from Pictory's portal) or ``oauth`` (client id and secret).

    ``candidate_max_age_hours`` is how long a staged candidate counts as fresh; ``deadline_days`` how old the
    current key may grow before its alarm. ``window`` is how long after its time a rotation may begin, at most
    a day. ``recovery_days`` is the secrets' recovery window, 0 for none.
    """

    mode: Literal["api-key", "oauth"] = "api-key"
    schedule: Annotated[str, AfterValidator(_schedule)] = "rate(30 days)"
    window: Annotated[str, Field(pattern=r"^([1-9]|1\d|2[0-4])h$")] = "4h"
    candidate_max_age_hours: int = Field(default=72, ge=1, le=720)
    deadline_days: int = Field(default=45, ge=1, le=999)
    recovery_days: Annotated[int, Field(ge=0, le=30), AfterValidator(_recovery)] = 30
    log_retention_days: RetentionDays = 365

    @model_validator(mode="after")
    def _deadline_fits(self) -> "CredentialSettings":
        if self.deadline_days * 24 < _hours(self.schedule):
            raise ValueError(
                f"deadline_days {self.deadline_days} is shorter than schedule {self.schedule!r}: its alarm would be on "
                f"before each rotation; raise it, or rotate more often"
            )
        return self

    @model_validator(mode="after")
    def _window_fits(self) -> "CredentialSettings":
        hours = _hours(self.schedule)
        if hours < 24 and int(self.window.removesuffix("h")) > hours:
            raise ValueError(
                f"window {self.window!r} is longer than schedule {self.schedule!r}: write '{hours}h' or less, since "
                f"a rotation must begin before the next is due"
            )
        return self
