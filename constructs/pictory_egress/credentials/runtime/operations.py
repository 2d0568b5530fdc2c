"""What operators ask of the function beside a rotation's steps. They get versions and verdicts, never a value.

A person who read the key to try it out would be one more place that it is in, and would raise `secret-read`.
The function holds it anyway, and goes out the way that the gateway goes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from . import pictory
from .configuration import Configuration
from .credential import Candidate, Credential, MalformedError, parse_credential
from .errors import InvalidRequestError, NotVerifiedError, RefusedError
from .log import Log
from .staged import Needed, staged
from .versions import CURRENT, PENDING, PREVIOUS, Stages, Versions, holder, text_of
from .witness import Witness

Answer = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Operations:
    """One invocation by an operator. ``from_id`` is the current version as the operator saw it, or empty."""

    configuration: Configuration
    secret: Versions
    staging: Versions
    verify: Callable[[Credential], pictory.Verdict]
    witness: Witness
    log: Log
    now: datetime
    from_id: str = ""

    def inspect(self) -> Answer:
        """How fit the candidate is, who staged it, and whether a version waits half-finished."""
        pending = _open(self.secret.stages())
        has_value = None if pending is None else self.secret.of_version(pending) is not None
        return {"candidate": self._candidate(), "pending": pending, "pending_has_value": has_value}

    def check(self) -> Answer:
        """Pictory's word on the current and the previous key, and on the candidate; notes a job of the current one."""
        stages = self.secret.stages()
        answer: Answer = {}
        for stage in (CURRENT, PREVIOUS):
            version = holder(stages, stage)
            if version is not None:
                credential = self._credential(version)
                answer[stage] = self._judged(credential) if credential else {"reason": "malformed"}
                if credential and stage == CURRENT and answer[stage]["reason"] == pictory.ACCEPTED:
                    self.witness.renew(version, credential)
        candidate = self._staged()
        answer["candidate"] = (
            self._judged(candidate.credential)
            if isinstance(candidate, Candidate)
            else {"reason": candidate.reason}
        )
        return answer

    def rollback(self) -> Answer:
        """Move AWSCURRENT back to AWSPREVIOUS, which Pictory must accept at this moment.

        Asked again with the same ``from_id``, it is refused, and moves nothing back and forth.
        """
        stages = self.secret.stages()
        current, previous = holder(stages, CURRENT), holder(stages, PREVIOUS)
        if current is None or current != self.from_id:
            raise InvalidRequestError(
                "moved_meanwhile", "AWSCURRENT is not where it was: look at `pictory-egress keys status`"
            )
        if previous is None:
            raise InvalidRequestError("no_previous", "there is no AWSPREVIOUS to go back to")
        if _open(stages) is not None:
            raise InvalidRequestError(
                "rotation_open", "a rotation has begun: let it end, or run `pictory-egress keys repair`"
            )
        credential = self._credential(previous)
        if credential is None:
            raise RefusedError("malformed", "AWSPREVIOUS is no credential: nothing was changed")
        verdict = self.verify(credential)
        self.log("verdict", reason=verdict.reason, status=verdict.status, attempts=verdict.attempts)
        if verdict.reason == pictory.REFUSED:
            raise RefusedError(
                verdict.reason, "Pictory does not know AWSPREVIOUS any more: nothing was changed"
            )
        if verdict.reason != pictory.ACCEPTED:
            raise NotVerifiedError(verdict.reason, "Pictory gave no verdict: nothing was changed, try again")
        # A finished rotation leaves AWSPENDING on the current version; elsewhere it would block the next one.
        pending = holder(stages, PENDING)
        if pending is not None:
            self.secret.drop_pending(pending)
        self.secret.promote(previous, instead_of=current)
        self.log("rolled_back", version_id=previous, previous_version_id=current)
        self.witness.renew(previous, credential)
        return {"version_id": previous, "previous_version_id": current}

    def repair(self) -> Answer:
        """Take AWSPENDING off a version that a rotation left behind; the candidate stays staged."""
        pending = _open(self.secret.stages())
        if pending is not None:
            self.secret.drop_pending(pending)
        self.log(
            "repaired", reason="nothing_open" if pending is None else "pending_dropped", version_id=pending
        )
        return {"dropped": pending}

    def _staged(self) -> Candidate | Needed | RefusedError:
        return staged(self.configuration, secret=self.secret, staging=self.staging, now=self.now)

    def _candidate(self) -> Answer:
        found = self._staged()
        if not isinstance(found, Candidate):
            return {"state": found.reason}
        return {
            "state": "ready",
            "staged_by": found.staged_by,
            "staged_at": found.staged_at.isoformat(timespec="seconds"),
            "age_hours": round(found.age(now=self.now) / timedelta(hours=1), 2),
        }

    def _credential(self, version_id: str) -> Credential | None:
        try:
            return parse_credential(text_of(self.secret.of_version(version_id)))
        except MalformedError:
            return None

    def _judged(self, credential: Credential) -> Answer:
        verdict = self.verify(credential)
        return {"reason": verdict.reason, "status": verdict.status}


def _open(stages: Stages) -> str | None:
    """The version that a rotation began and did not end."""
    return next((id_ for id_, labels in stages.items() if PENDING in labels and CURRENT not in labels), None)
