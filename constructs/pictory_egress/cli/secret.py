"""The two secrets of an environment: what is known of them without reading either."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from pictory_egress.cli.errors import CommandError, Finding

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CURRENT: Final = "AWSCURRENT"
PENDING: Final = "AWSPENDING"
PREVIOUS: Final = "AWSPREVIOUS"
CANDIDATE: Final = "CANDIDATE"  # the rotation function's own, on the version that it put a new key into
JOB_PREFIX: Final = "JOB-"  # its own too, before the id of a job that the version's key has seen
_PAUSE: Final = 1.0
_LOOKS_WITHOUT: Final = 4  # the label may come, and move on, a moment after its version


@dataclass(frozen=True)
class Version:
    """One version: its id, its stages, when it was made, and whether a job that its key has seen is noted on it."""

    id: str
    stages: tuple[str, ...]
    created: datetime
    has_job: bool = False


@dataclass(frozen=True)
class Schedule:
    """When the secret was rotated last, and is due next; None when it never was, or is not."""

    enabled: bool
    last: datetime | None
    next: datetime | None


@dataclass(frozen=True)
class Described:
    """A secret as AWS tells of it: its KMS key, when it is deleted, its versions and its schedule."""

    name: str
    key_id: str | None
    deleted: datetime | None
    versions: tuple[Version, ...]
    schedule: Schedule

    def holder(self, stage: str) -> Version | None:
        """The version at a stage."""
        return next((version for version in self.versions if stage in version.stages), None)

    @property
    def open_version(self) -> Version | None:
        """The version that a rotation began and has not ended."""
        pending = self.holder(PENDING)
        return None if pending is None or CURRENT in pending.stages else pending


class Secret:
    """One secret by its name. No method reads a value: that would be told to the people who watch."""

    def __init__(self, client: "SecretsManagerClient", name: str) -> None:
        self._client = client
        self.name = name

    def describe(self) -> Described:
        """What AWS tells of it; versions that have a stage, the current one first.

        Raises
        ------
        CommandError
            There is no such secret.
        """
        try:
            about = self._client.describe_secret(SecretId=self.name)
            deleted = about.get("DeletedDate")
            # One page: a secret has 20 stages at most, and only versions with a stage are listed.
            listed = [] if deleted else self._client.list_secret_version_ids(SecretId=self.name)["Versions"]
        except ClientError as error:
            raise self._missing(error) from None
        versions = [
            _version(entry["VersionId"], entry["VersionStages"], entry["CreatedDate"])
            for entry in listed
            if entry.get("VersionStages")
        ]
        schedule = Schedule(
            about.get("RotationEnabled", False), about.get("LastRotatedDate"), about.get("NextRotationDate")
        )
        return Described(
            self.name,
            about.get("KmsKeyId"),
            deleted,
            tuple(sorted(versions, key=lambda version: version.stages)),
            schedule,
        )

    def restore(self) -> None:
        """Take back its deletion."""
        self._client.restore_secret(SecretId=self.name)

    def write(self, text: str) -> None:
        """Make ``text`` the current value."""
        try:
            self._client.put_secret_value(SecretId=self.name, SecretString=text)
        except ClientError as error:
            raise self._missing(error) from None

    def rotate(self) -> str:
        """Start a rotation now; returns the id of the version that shall become current."""
        try:
            return self._client.rotate_secret(SecretId=self.name, RotateImmediately=True)["VersionId"]
        except ClientError as error:
            raise self._missing(error) from None

    def wait(self, version_id: str, *, seconds: float, sleep: Callable[[float], None] = time.sleep) -> bool:
        """Whether the version became current within ``seconds``.

        Raises
        ------
        Finding
            The rotation ended, and the version is not current.
        """
        looks_without = 0
        for _ in range(max(1, round(seconds / _PAUSE))):
            answer = self._client.describe_secret(SecretId=self.name)
            stages = answer.get("VersionIdsToStages", {}).get(version_id, [])
            if CURRENT in stages:
                return True
            looks_without = 0 if PENDING in stages else looks_without + 1
            if looks_without >= _LOOKS_WITHOUT:
                raise Finding(
                    "the rotation ended, and the key in use is still the old one: `pictory-egress keys verify` asks "
                    "Pictory, and the rotation function's log says why"
                )
            sleep(_PAUSE)
        return False

    def _missing(self, error: ClientError) -> Exception:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return CommandError(
                f"there is no secret {self.name!r} in this region: deploy the environment first"
            )
        if error.response["Error"]["Code"] == "InvalidRequestException":
            return CommandError(
                f"secret {self.name!r} cannot be changed as it is now: `pictory-egress keys status` says what is "
                "wrong, `pictory-egress keys repair` mends it"
            )
        return error


def _version(id_: str, labels: list[str], created: datetime) -> Version:
    stages = tuple(sorted(label for label in labels if not label.startswith(JOB_PREFIX)))
    return Version(id_, stages, created, has_job=len(stages) < len(labels))
