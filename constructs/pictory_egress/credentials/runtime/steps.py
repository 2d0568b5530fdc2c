"""The four steps of a rotation, each safe to repeat.

Pictory's keys come from a page, so a rotation moves a candidate that an operator staged:

* createSecret copies the fresh candidate into the version that Secrets Manager opened (AWSPENDING).
* setSecret records who staged it. There is nothing to set at Pictory.
* testSecret asks Pictory whether it works.
* finishSecret asks once more, and moves AWSCURRENT. AWSPREVIOUS stays for a way back.

How a rotation ends other than well:

* **Candidate needed.** Nothing was staged, or what was staged is stale or already in use. That is no failure:
  createSecret takes AWSPENDING off and returns; the later steps find nothing to do. The versions end as they
  were, one of the two ends that AWS allows. AWS may still report the rotation as incomplete, which it is.
* **Refused, not verified.** AWSPENDING is taken off and the step raises, so that AWS counts a failure and the
  next rotation starts clean. When AWS tries the same token again, createSecret takes its version up again, as
  long as that holds the staged candidate.
* **Anything else** (AWS errors, a crash) raises and leaves AWSPENDING, as an interrupted function would: the
  same token may be tried again from any step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from . import pictory
from .configuration import Configuration
from .credential import Candidate, Credential, MalformedError, parse_credential
from .errors import InvalidRequestError, NotVerifiedError, RefusedError
from .log import Log
from .staged import STAGE_AGAIN, Needed, is_of, staged
from .versions import CANDIDATE, CURRENT, PENDING, Stages, Value, Versions, holder, text_of
from .witness import Witness, noted

_TRY_AGAIN: Final = "the candidate is still staged: try again with `pictory-egress keys promote`"


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """One invocation: the secret, its staging secret, and the version that AWS opened (``token``)."""

    configuration: Configuration
    secret: Versions
    staging: Versions
    verify: Callable[[Credential], pictory.Verdict]
    account: Callable[[Credential | None, Credential, str | None], str]
    witness: Witness
    log: Log
    token: str
    now: datetime

    def create(self) -> None:
        """Copy the staged candidate into the pending version."""
        stages = self.secret.stages()
        if CURRENT in stages.get(self.token, ()):
            self._done("already_current")
            return
        staged, value = self._staged(), self.secret.of_version(self.token)
        if PENDING not in stages.get(self.token, ()):
            self._take_up_again(stages, staged, value)
        elif isinstance(staged, Needed):
            self.secret.drop_pending(self.token)
            self._candidate_needed(staged)
            self._renew_witness(stages)
        elif isinstance(staged, RefusedError):
            self.secret.drop_pending(self.token)
            raise staged
        elif value is None:
            self.secret.put_pending(self.token, staged.credential.to_json())
            self._done()
        elif is_of(value, staged.credential):
            self._done("already_created")
        else:
            self.secret.drop_pending(self.token)
            raise RefusedError(
                "superseded", f"another candidate was staged since this rotation began. {_TRY_AGAIN}"
            )

    def set(self) -> None:
        """Record the evidence of where the candidate came from."""
        credential = self._pending()
        if credential is None:
            return
        staged = self._staged()
        if isinstance(staged, Candidate) and staged.credential == credential:
            self.log(
                "evidence",
                mode=credential.mode,
                staged_by=staged.staged_by,
                staged_at=staged.staged_at.isoformat(),
                staged_hours_ago=round(staged.age(now=self.now) / timedelta(hours=1), 2),
            )
        else:
            self.log("evidence", mode=credential.mode, reason="no_longer_staged")
        self._done()

    def test(self) -> None:
        """Ask Pictory whether the pending credential works."""
        credential = self._pending()
        if credential is not None:
            self._verify(credential)
            self._done()

    def finish(self) -> None:
        """Move AWSCURRENT to the pending version, which Pictory must accept at this moment too."""
        current = holder(self.secret.stages(), CURRENT)
        if current == self.token:
            self._done("already_current")
            return
        credential = self._pending()
        if credential is None:
            return
        self._verify(credential)
        # Refused by AWS when AWSCURRENT has moved since it was read: then it is for a new rotation to decide.
        self.secret.promote(self.token, instead_of=current)
        self.log("promoted", previous_version_id=current)
        self.witness.renew(self.token, credential)
        self._done()

    def _take_up_again(
        self, stages: Stages, staged: Candidate | Needed | RefusedError, value: Value | None
    ) -> None:
        """Go on with a version that an earlier try of this token filled and then let go."""
        ours = isinstance(staged, Candidate) and value is not None and is_of(value, staged.credential)
        if not ours or _any_pending(stages):
            raise self._not_pending()
        filled = holder(stages, CANDIDATE)
        if filled != self.token:
            self.secret.move(CANDIDATE, self.token, instead_of=filled)
        self.secret.move(PENDING, self.token, instead_of=None)
        self._done("taken_up_again")

    def _renew_witness(self, stages: Stages) -> None:
        """The key in use still lives now; when a candidate is staged it may be dead."""
        current = holder(stages, CURRENT)
        credential = None if current is None else self._credential_of(current)
        if current is not None and credential is not None:
            self.witness.renew(current, credential)

    def _pending(self) -> Credential | None:
        """The credential under way; None, with a line in the log, when this step has nothing to do."""
        stages, value = self.secret.stages(), self.secret.of_version(self.token)
        if PENDING not in stages.get(self.token, ()):
            if CURRENT in stages.get(self.token, ()):
                self._done("already_current")
                return None
            if value is not None or _any_pending(stages) or not isinstance(self._staged(), Needed):
                raise self._not_pending()
            self.log("skipped", reason="candidate_needed")
            return None
        if value is None:
            # So it is when AWS tries out a schedule that shall not rotate at once.
            self.log("skipped", reason="no_value")
            return None
        try:
            return parse_credential(value.text)
        except MalformedError as problem:
            self.secret.drop_pending(self.token)
            raise RefusedError(
                "malformed", f"the pending version is no credential, since {problem}"
            ) from None

    def _verify(self, credential: Credential) -> None:
        verdict = self.verify(credential)
        self.log("verdict", reason=verdict.reason, status=verdict.status, attempts=verdict.attempts)
        if verdict.reason == pictory.ACCEPTED:
            self._check_account(credential)
            return
        self.secret.drop_pending(self.token)
        if verdict.reason == pictory.REFUSED:
            raise RefusedError(verdict.reason, f"Pictory does not know this credential: {STAGE_AGAIN}")
        raise NotVerifiedError(verdict.reason, f"Pictory gave no verdict. {_TRY_AGAIN}")

    def _check_account(self, credential: Credential) -> None:
        stages = self.secret.stages()
        current = holder(stages, CURRENT)
        if current is None:
            return
        in_use = self._credential_of(current)
        if in_use == credential:  # so it is when AWS tries out a schedule
            return
        account = self.account(in_use, credential, noted(stages, current))
        self.log("account", reason=account)
        if account == pictory.ANOTHER_ACCOUNT:
            self.secret.drop_pending(self.token)
            raise RefusedError(
                account, f"Pictory does not let it see a job of the account of the key in use: {STAGE_AGAIN}"
            )

    def _credential_of(self, version_id: str) -> Credential | None:
        try:
            return parse_credential(text_of(self.secret.of_version(version_id)))
        except MalformedError:
            return None

    def _staged(self) -> Candidate | Needed | RefusedError:
        return staged(self.configuration, secret=self.secret, staging=self.staging, now=self.now)

    def _not_pending(self) -> InvalidRequestError:
        return InvalidRequestError(
            "not_pending", "the token is of no version at AWSPENDING: start a new rotation"
        )

    def _candidate_needed(self, needed: Needed) -> None:
        current, deadline = self.secret.at_stage(CURRENT), self.configuration.deadline_days
        age = None if current is None else round((self.now - current.created) / timedelta(days=1), 2)
        self.log(
            "candidate_needed",
            reason=needed.reason,
            deadline_days=deadline,
            current_age_days=age,
            days_left=None if age is None else round(deadline - age, 2),
        )

    def _done(self, reason: str | None = None) -> None:
        self.log("step_done", reason=reason)


def _any_pending(stages: Stages) -> bool:
    return any(PENDING in of_version for of_version in stages.values())
