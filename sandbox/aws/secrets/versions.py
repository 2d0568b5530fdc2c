"""The versions of one secret and the staging labels on them, by the rules of Secrets Manager's API reference.

Pure: no clock, no random numbers, no I/O. Each label is on at most one version; a version without labels is
deprecated: it stays readable by its id, and is no longer listed by default.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

CURRENT, PREVIOUS, PENDING = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"
MAX_LABELS = 20
MAX_VALUE_BYTES = 65_536

SecretValue = str | bytes


class SecretError(Exception):
    """A refusal; ``code`` is the exception's name in AWS's API."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def invalid_parameter(message: str) -> SecretError:
    """A parameter that cannot be right, whatever the secret's state."""
    return SecretError("InvalidParameterException", message)


def invalid_request(message: str) -> SecretError:
    """A parameter that the secret's present state forbids."""
    return SecretError("InvalidRequestException", message)


def not_found(message: str) -> SecretError:
    """Something named that does not exist."""
    return SecretError("ResourceNotFoundException", message)


@dataclass
class Version:
    """One version; ``value`` is None while a rotation has made the id and the function no value yet."""

    id: str
    created: float
    value: SecretValue | None = None
    labels: set[str] = field(default_factory=set)
    accessed: float | None = None


class SecretVersions:
    """The state machine. ``current_moved`` is when AWSCURRENT last moved (Unix seconds), or None."""

    def __init__(self) -> None:
        self.by_id: dict[str, Version] = {}
        self.current_moved: float | None = None

    def holder(self, label: str) -> Version | None:
        """The version that carries a label."""
        return next((v for v in self.by_id.values() if label in v.labels), None)

    def labelled(self) -> dict[str, list[str]]:
        """Version id → its labels, without deprecated versions (``VersionIdsToStages``)."""
        return {v.id: sorted(v.labels) for v in self.by_id.values() if v.labels}

    def get(self, *, version_id: str | None = None, label: str | None = None) -> Version:
        """The version meant by id, label, both (which must agree) or neither (AWSCURRENT); it has a value."""
        if version_id is None:
            name = label or CURRENT
            version, what = self.holder(name), f"staging label: {name}"
        else:
            version, what = self.by_id.get(version_id), f"VersionId: {version_id}"
            if version and label and label not in version.labels:
                raise invalid_request(
                    "You provided a VersionStage that is not associated to the provided VersionId."
                )
        if version is None or version.value is None:
            raise not_found(f"Secrets Manager can't find the specified secret value for {what}")
        return version

    def put(
        self, *, token: str, value: SecretValue, labels: Iterable[str] = (CURRENT,), now: float
    ) -> Version:
        """PutSecretValue. The same token with the same value changes nothing; with another it is refused."""
        size = len(value.encode() if isinstance(value, str) else value)
        if not 1 <= size <= MAX_VALUE_BYTES:
            raise invalid_parameter(f"The secret value has {size} bytes: 1 to {MAX_VALUE_BYTES} are allowed.")
        wanted = set(labels)
        if not 1 <= len(wanted) <= MAX_LABELS:
            raise invalid_parameter(f"{len(wanted)} staging labels: 1 to {MAX_LABELS} are allowed.")
        version = self.by_id.get(token)
        if version and version.value is not None:
            if version.value == value:
                return version
            raise SecretError(
                "ResourceExistsException",
                f"You can't use ClientRequestToken {token} because that value is already in use for another "
                f"version of this secret.",
            )
        if version is None:
            if not self.by_id:
                wanted.add(CURRENT)
            version = self.by_id[token] = Version(token, now)
        version.value = value
        for label in sorted(wanted, key=lambda name: name != CURRENT):
            self._attach(label, version, now)
        return version

    def move_label(
        self, *, label: str, remove_from: str | None = None, move_to: str | None = None, now: float
    ) -> None:
        """UpdateSecretVersionStage: attach, move or remove one label.

        The version that has the label must be named in ``remove_from``, else nothing is changed.
        """
        for version_id in (remove_from, move_to):
            if version_id is not None and version_id not in self.by_id:
                raise not_found(f"Secrets Manager can't find the specified secret version: {version_id}")
        if remove_from is None and move_to is None:
            raise invalid_parameter("Give RemoveFromVersionId, MoveToVersionId or both.")
        holder = self.holder(label)
        if move_to is None:
            if label == CURRENT:
                raise invalid_parameter(
                    "You can only move staging label AWSCURRENT to a different secret version. "
                    "It can’t be completely removed."  # noqa: RUF001  AWS's own words
                )
            if holder is None or holder.id != remove_from:
                raise invalid_parameter(f"Staging label {label} is not attached to version {remove_from}.")
            holder.labels.discard(label)
            return
        if holder is not None and holder.id != move_to and holder.id != remove_from:
            raise invalid_parameter(
                f"The parameter RemoveFromVersionId must be the version that has the label. Staging label "
                f"{label} is currently attached to version {holder.id}, so you must explicitly reference it."
            )
        if (
            remove_from is not None
            and remove_from != move_to
            and (holder is None or holder.id != remove_from)
        ):
            raise invalid_parameter(f"Staging label {label} is not attached to version {remove_from}.")
        self._attach(label, self.by_id[move_to], now)

    def begin_rotation(self, *, token: str, now: float) -> Version:
        """Make the AWSPENDING version of a rotation, without a value.

        Refused while AWSPENDING is on a version other than AWSCURRENT, unless it is this token's: a retry.
        """
        pending = self.holder(PENDING)
        if pending is not None and CURRENT not in pending.labels and pending.id != token:
            raise invalid_request(
                "A previous rotation isn't complete. That rotation will be reattempted. "
                f"(Staging label AWSPENDING is attached to version {pending.id}, which is not AWSCURRENT.)"
            )
        version = self.by_id.get(token)
        if version is not None and PENDING not in version.labels:
            raise invalid_request(
                f"You can't rotate to version {token}: a version with this id exists already."
            )
        if version is None:
            version = self.by_id[token] = Version(token, now)
            self._attach(PENDING, version, now)
        return version

    def begin_rotation_test(self, *, token: str, now: float) -> Version:
        """Make the AWSPENDING version that is there only while testSecret tests a configuration.

        It holds a copy of the current value, where there is one, so that testSecret has something to test.
        """
        if token in self.by_id:
            raise invalid_request(
                f"You can't test with version {token}: a version with this id exists already."
            )
        version = self.begin_rotation(token=token, now=now)
        current = self.holder(CURRENT)
        version.value = current.value if current else None
        return version

    def end_rotation_test(self, *, token: str) -> None:
        """Remove the version that ``begin_rotation_test`` made."""
        self.by_id.pop(token, None)

    def _attach(self, label: str, version: Version, now: float) -> None:
        holder = self.holder(label)
        if holder is version:
            return
        if holder is not None:
            holder.labels.discard(label)
        version.labels.add(label)
        if label == CURRENT:
            self.current_moved = now
            if holder is not None:
                self._attach(PREVIOUS, holder, now)
