"""The versions of one secret and their stages, as Secrets Manager keeps them."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_secretsmanager.type_defs import GetSecretValueResponseTypeDef

CURRENT: Final = "AWSCURRENT"
PENDING: Final = "AWSPENDING"
PREVIOUS: Final = "AWSPREVIOUS"
CANDIDATE: Final = "CANDIDATE"
"""Ours: on the version that a candidate was last put into, so that a half-finished rotation shows without a value."""

Stages = dict[str, list[str]]
"""Stages by version id."""


@dataclass(frozen=True)
class Value:
    """A version's text; empty when it is binary. ``created`` is when the version was made."""

    text: str
    created: datetime

    def __repr__(self) -> str:
        return f"Value(created={self.created.isoformat()})"


class Versions:
    """One secret, by its ARN. Every method is a single call to AWS; ClientError passes through."""

    def __init__(self, client: "SecretsManagerClient", *, arn: str) -> None:
        self._client = client
        self._arn = arn

    def stages(self) -> Stages:
        """The stages of the versions that have any."""
        answer = self._client.describe_secret(SecretId=self._arn)
        return {version: list(stages) for version, stages in answer.get("VersionIdsToStages", {}).items()}

    def at_stage(self, stage: str) -> Value | None:
        """The value at ``stage``, None when there is none."""
        try:
            answer = self._client.get_secret_value(SecretId=self._arn, VersionStage=stage)
        except ClientError as error:
            _raise_unless_absent(error)
            return None
        return _value(answer)

    def of_version(self, version_id: str) -> Value | None:
        """The value of a version, None when it has none yet or does not exist."""
        try:
            answer = self._client.get_secret_value(SecretId=self._arn, VersionId=version_id)
        except ClientError as error:
            _raise_unless_absent(error)
            return None
        return _value(answer)

    def put_pending(self, version_id: str, text: str) -> None:
        """Give the version its value, and CANDIDATE. Repeating it changes nothing; another text is an error."""
        self._client.put_secret_value(
            SecretId=self._arn,
            ClientRequestToken=version_id,
            SecretString=text,
            VersionStages=[PENDING, CANDIDATE],
        )

    def drop_pending(self, version_id: str) -> None:
        """Take AWSPENDING off the version that holds it."""
        self.drop(PENDING, version_id)

    def promote(self, version_id: str, *, instead_of: str | None) -> None:
        """Move AWSCURRENT to the version; Secrets Manager gives AWSPREVIOUS to the one that had it."""
        self.move(CURRENT, version_id, instead_of=instead_of)

    def move(self, stage: str, version_id: str, *, instead_of: str | None) -> None:
        """Put ``stage`` on the version; ``instead_of`` is the one that has it, refused when another has."""
        holder = {} if instead_of is None else {"RemoveFromVersionId": instead_of}
        self._client.update_secret_version_stage(
            SecretId=self._arn, VersionStage=stage, MoveToVersionId=version_id, **holder
        )

    def drop(self, stage: str, version_id: str) -> None:
        """Take ``stage`` off the version that holds it."""
        self._client.update_secret_version_stage(
            SecretId=self._arn, VersionStage=stage, RemoveFromVersionId=version_id
        )


def holder(stages: Stages, stage: str) -> str | None:
    """The version that has ``stage``."""
    return next((id_ for id_, of_version in stages.items() if stage in of_version), None)


def text_of(value: Value | None) -> str:
    """The text of a version; empty when there is none."""
    return "" if value is None else value.text


def _value(answer: "GetSecretValueResponseTypeDef") -> Value | None:
    if "SecretString" not in answer and "SecretBinary" not in answer:
        return None
    return Value(answer.get("SecretString", ""), answer["CreatedDate"])


def _raise_unless_absent(error: ClientError) -> None:
    if error.response["Error"]["Code"] != "ResourceNotFoundException":
        raise error
