"""The one secret, read from Secrets Manager when it has changed."""

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_STAGE: Final = "AWSCURRENT"
_PENDING: Final = "AWSPENDING"
_CANDIDATE: Final = "CANDIDATE"  # the rotation function's own, on the version that it put a new key into


class SecretEmptyError(Exception):
    """The secret has no current value yet: nobody has put the first credential into it."""


@dataclass(frozen=True)
class Version:
    """A version of the secret, and since when there is one of that value."""

    id: str
    created: dt.datetime
    value: str = field(repr=False)


class Secret:
    """Asks which version is current, which is cheap and reads no value; reads the value when that changed."""

    def __init__(self, client: "SecretsManagerClient", arn: str) -> None:
        self._client, self._arn = client, arn
        self._version: Version | None = None
        self.pending: str | None = None
        """Id of the version that a rotation has opened and not ended, as of the last look."""
        self.half_finished = False
        """Whether that version holds a new key already."""

    def current(self, *, again: bool = False) -> Version:
        """The current version; ``again`` reads its value even when the version is the known one.

        Raises SecretEmptyError, or what boto3 raises.
        """
        stages = self._client.describe_secret(SecretId=self._arn).get("VersionIdsToStages", {})
        current = next((version for version, labels in stages.items() if _STAGE in labels), None)
        self.pending = next(
            (id_ for id_, labels in stages.items() if _PENDING in labels and id_ != current), None
        )
        self.half_finished = self.pending is not None and _CANDIDATE in stages[self.pending]
        if current is None:
            raise SecretEmptyError
        if again or self._version is None or self._version.id != current:
            answer = self._client.get_secret_value(SecretId=self._arn, VersionStage=_STAGE)
            self._version = Version(
                id=answer["VersionId"], created=answer["CreatedDate"], value=answer.get("SecretString", "")
            )
        return self._version
