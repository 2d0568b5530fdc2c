"""The secrets of one account and region: what is known of each beside its versions, and how it is found."""

import re
from dataclasses import dataclass, field
from typing import Any

from sandbox.aws.secrets.schedule import Schedule
from sandbox.aws.secrets.versions import SecretError, SecretVersions, invalid_request, not_found

_NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]{1,512}")


@dataclass
class Rotation:
    """How a secret is rotated; ``enabled`` is False after CancelRotateSecret."""

    function_arn: str
    schedule: Schedule | None = None
    enabled: bool = True
    running: str | None = None  # the version id of a rotation whose steps are being run


@dataclass
class Secret:
    """One secret. Times are Unix seconds."""

    name: str
    arn: str
    created: float
    changed: float
    description: str = ""
    kms_key_id: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    policy: str | None = None
    deleted: float | None = None
    accessed: float | None = None
    rotation: Rotation | None = None
    versions: SecretVersions = field(default_factory=SecretVersions)

    def describe(self) -> dict[str, Any]:
        """DescribeSecret's answer; fields without a value are left out, as AWS does."""
        out: dict[str, Any] = {
            "ARN": self.arn,
            "Name": self.name,
            "Description": self.description,
            "KmsKeyId": self.kms_key_id,
            "CreatedDate": self.created,
            "LastChangedDate": self.changed,
            "LastAccessedDate": self.accessed,
            "DeletedDate": self.deleted,
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
            "VersionIdsToStages": self.versions.labelled() or None,
        }
        if self.rotation:
            out["RotationEnabled"] = self.rotation.enabled
            out["RotationLambdaARN"] = self.rotation.function_arn
            schedule = self.rotation.schedule
            out["RotationRules"] = schedule.rules if schedule else None
            if self.rotation.enabled:
                out["LastRotatedDate"] = self.versions.current_moved
                last = self.versions.current_moved or self.created
                out["NextRotationDate"] = schedule.next_date(last) if schedule else None
        return {key: value for key, value in out.items() if value is not None and value != ""}


class SecretStore:
    """All secrets of one account and region."""

    def __init__(self) -> None:
        self._by_name: dict[str, Secret] = {}

    def __iter__(self) -> Any:
        return iter(list(self._by_name.values()))

    def add(self, secret: Secret) -> None:
        """Keep a new secret; refused when its name is taken or waits for deletion, or is no name."""
        if not _NAME.fullmatch(secret.name):
            raise SecretError("ValidationException", f"Invalid name {secret.name!r}.")
        known = self._by_name.get(secret.name)
        if known is not None and known.deleted is not None:
            raise invalid_request(
                "You can't create this secret because a secret with this name is already scheduled for "
                "deletion."
            )
        if known is not None:
            raise SecretError(
                "ResourceExistsException",
                f"The operation failed because the secret {secret.name} already exists.",
            )
        self._by_name[secret.name] = secret

    def find(self, secret_id: str) -> Secret:
        """A secret by name, ARN or partial ARN (without the six characters), deleted or not."""
        for secret in self._by_name.values():
            if secret_id in (secret.name, secret.arn, secret.arn[: -len("-xxxxxx")]):
                return secret
        raise not_found("Secrets Manager can't find the specified secret.")

    def living(self, secret_id: str) -> Secret:
        """A secret that does not wait for its deletion."""
        secret = self.find(secret_id)
        if secret.deleted is not None:
            raise invalid_request(
                "You can't perform this operation on the secret because it was marked for deletion."
            )
        return secret

    def remove(self, secret: Secret) -> None:
        """Forget a secret and all its versions."""
        self._by_name.pop(secret.name, None)

    def expire(self, now: float) -> None:
        """Forget the secrets whose recovery window has passed."""
        for secret in self:
            if secret.deleted is not None and secret.deleted <= now:
                self.remove(secret)


def version_summary(secret: Secret, *, include_deprecated: bool) -> list[dict[str, Any]]:
    """ListSecretVersionIds' rows."""
    return [
        {
            "VersionId": version.id,
            "VersionStages": sorted(version.labels),
            "CreatedDate": version.created,
            **({"LastAccessedDate": version.accessed} if version.accessed else {}),
        }
        for version in secret.versions.by_id.values()
        if version.labels or include_deprecated
    ]
