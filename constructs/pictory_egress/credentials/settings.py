"""What the keeping and rotating of Pictory's key may be asked to be."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from pictory_egress.types import Settings

_RATE = re.compile(r"rate\((\d+) (hours?|days?)\)")


def _schedule(value: str) -> str:
    match = _RATE.fullmatch(value)
    if not match:
        raise ValueError("not a schedule: write 'rate(30 days)' or 'rate(4 hours)'")
    hours = int(match[1]) * (24 if match[2].startswith("day") else 1)
    if hours < 4:
        raise ValueError("Secrets Manager rotates every 4 hours at most: write 'rate(4 hours)' or longer")
    if hours > 999 * 24:
        raise ValueError("Secrets Manager rotates every 999 days at least: write 'rate(999 days)' or shorter")
    return value


class CredentialSettings(Settings):
    """``mode`` is ``api-key`` (a key from Pictory's portal) or ``oauth`` (client id and secret).

    ``candidate_max_age_hours`` is how long a staged candidate counts as fresh; ``deadline_days`` how old the
    current key may grow before its alarm. ``recovery_days`` is the secrets' recovery window, 0 for none.
    """

    mode: Literal["api-key", "oauth"] = "api-key"
    schedule: Annotated[str, AfterValidator(_schedule)] = "rate(30 days)"
    window: Annotated[str, Field(pattern=r"^\d{1,2}h$")] = "4h"
    candidate_max_age_hours: int = Field(default=72, ge=1, le=720)
    deadline_days: int = Field(default=45, ge=1, le=999)
    recovery_days: int = Field(default=30, ge=0, le=30)
    log_retention_days: int = Field(default=365, ge=1)
