"""A job of the account that the key in use belongs to, noted while that key lives.

Pictory's old key dies when its page shows the new one, so the two can then no longer be compared. What the old key
could see still can: another account's key is refused the job. The job's id stands in a stage of the key's version,
``JOB-<id>``: it opens nothing without a key, can be renewed although a version's value cannot, and needs no more
rights.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from .credential import Credential
from .log import Log
from .versions import Stages, Versions

_PREFIX: Final = "JOB-"


@dataclass(frozen=True, kw_only=True)
class Witness:
    """``newest_job`` is asked with a credential; None when it lists none."""

    secret: Versions
    newest_job: Callable[[Credential], str | None]
    log: Log

    def renew(self, version_id: str, credential: Credential) -> None:
        """Note the newest job that the version's credential lists; without one, what was noted stays.

        It fails no step: a key in use with no job noted is better than a rotation that counts as failed.
        """
        job = self.newest_job(credential)
        if job is None:
            return
        try:
            self._note(version_id, _PREFIX + job)
        except (ClientError, BotoCoreError) as error:
            self.log("witness", reason="not_noted", error=type(error).__name__)
        else:
            self.log("witness", reason="noted")

    def _note(self, version_id: str, label: str) -> None:
        labels = _labels(self.secret.stages())
        if labels.get(label) != version_id:
            self.secret.move(label, version_id, instead_of=labels.get(label))
        # Others last: cut short in between, there are two, and each is a job that its version's key has seen.
        for other in labels.keys() - {label}:
            self.secret.drop(other, labels[other])


def noted(stages: Stages, version_id: str | None) -> str | None:
    """The job noted for a version, None when there is none."""
    return next(
        (label[len(_PREFIX) :] for label, holder in _labels(stages).items() if holder == version_id), None
    )


def _labels(stages: Stages) -> dict[str, str]:
    return {label: id_ for id_, labels in stages.items() for label in labels if label.startswith(_PREFIX)}
