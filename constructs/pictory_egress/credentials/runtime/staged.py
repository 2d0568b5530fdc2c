"""What lies in the staging secret, judged: a candidate to rotate to, none, or one that can never become the key."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from .configuration import Configuration
from .credential import Candidate, Credential, MalformedError, parse_candidate, parse_credential
from .errors import RefusedError
from .versions import CURRENT, PREVIOUS, Value, Versions, text_of

STAGE_AGAIN: Final = "stage a good one with `pictory-egress keys stage`"


@dataclass(frozen=True)
class Needed:
    """There is no candidate to rotate to; ``reason`` is missing, stale or in_use."""

    reason: str


def staged(
    configuration: Configuration, *, secret: Versions, staging: Versions, now: datetime
) -> Candidate | Needed | RefusedError:
    """The candidate, or why there is none; in the order in which an operator would want to be told."""
    value = staging.at_stage(CURRENT)
    if value is None:
        return Needed("missing")
    try:
        candidate = parse_candidate(value.text, now=now)
    except MalformedError as problem:
        return RefusedError(
            "malformed", f"the staged candidate cannot be used, since {problem}: {STAGE_AGAIN}"
        )
    current = secret.at_stage(CURRENT)
    if is_of(current, candidate.credential):
        return Needed("in_use")
    if candidate.age(now=now) > timedelta(hours=configuration.candidate_max_age_hours):
        return Needed("stale")
    if candidate.credential.mode != configuration.mode:
        return RefusedError("wrong_mode", f"this environment wants {configuration.mode!r}: {STAGE_AGAIN}")
    if is_of(secret.at_stage(PREVIOUS), candidate.credential):
        return RefusedError("equal_to_previous", f"it was replaced before: {STAGE_AGAIN}")
    if len({_account(current), candidate.credential.account} - {None}) > 1:
        return RefusedError("another_account", f"the current one belongs to another user id: {STAGE_AGAIN}")
    return candidate


def is_of(value: Value | None, credential: Credential) -> bool:
    """Whether a version holds exactly this credential."""
    try:
        return parse_credential(text_of(value)) == credential
    except MalformedError:
        return False


def _account(value: Value | None) -> str | None:
    """Whose credential it is, where that can be told."""
    try:
        return parse_credential(text_of(value)).account
    except MalformedError:
        return None
