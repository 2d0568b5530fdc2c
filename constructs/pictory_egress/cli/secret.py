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
_PAUSE: Final = 1.0
_LOOKS_WITHOUT: Final = 4  # the label may come, and move on, a moment after its version


@dataclass(frozen=True)
class Version:
    """One version: its id, its stages, and when it got its value."""

    id: str
    stages: tuple[str, ...]
    created: datetime


@dataclass(frozen=True)
class Schedule:
    """When the secret was rotated last, and is due next; None when it never was, or is not."""

    enabled: bool
    last: datetime | None
    next: datetime | None


class Secret:
    """One secret by its name. No method reads a value: that would be told to the people who watch."""

    def __init__(self, client: "SecretsManagerClient", name: str) -> None:
        self._client = client
        self.name = name

    def versions(self) -> list[Version]:
        """Versions that have a stage, the current one first.

        Raises
        ------
        CommandError
            There is no such secret.
        """
        try:
            # One page: a secret has 20 stages at most, and only versions with a stage are listed.
            answer = self._client.list_secret_version_ids(SecretId=self.name, MaxResults=100)
        except ClientError as error:
            raise self._missing(error) from None
        found = [
            Version(entry["VersionId"], tuple(sorted(entry["VersionStages"])), entry["CreatedDate"])
            for entry in answer["Versions"]
            if entry.get("VersionStages")
        ]
        return sorted(found, key=lambda version: version.stages)

    def schedule(self) -> Schedule:
        """When it rotates."""
        try:
            answer = self._client.describe_secret(SecretId=self.name)
        except ClientError as error:
            raise self._missing(error) from None
        return Schedule(
            answer.get("RotationEnabled", False),
            answer.get("LastRotatedDate"),
            answer.get("NextRotationDate"),
        )

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
                    "the rotation ended, and the key in use is still the old one: the rotation function's log says why"
                )
            sleep(_PAUSE)
        return False

    def _missing(self, error: ClientError) -> Exception:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return CommandError(
                f"there is no secret {self.name!r} in this region: deploy the environment first"
            )
        return error
