"""What the task definition tells the sidecar."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .configuration import VARIABLE

Mode = Literal["api-key", "oauth"]


class SettingsError(ValueError):
    """An environment variable is missing or unusable; the message names it and what would be right."""


@dataclass(frozen=True)
class Settings:
    """``drain_seconds`` is the longest time that requests under way are given to end.

    ``envoy_configuration`` is packed, and for ``prepare`` alone; it is empty elsewhere.
    """

    directory: Path
    environment: str
    region: str
    secret_arn: str
    signing_key_arn: str
    registry_table: str
    mode: Mode
    drain_seconds: float
    host: str
    port: int
    envoy_configuration: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, variables: Mapping[str, str]) -> "Settings":
        """Raises SettingsError, with everything that is wrong at once."""
        problems: list[str] = []

        def text(name: str, default: str | None = None) -> str:
            value = variables.get(name, default)
            if not value:
                problems.append(f"{name} is not set: the task definition gives it to the sidecar")
            return value or ""

        def number(name: str, default: str, low: float, high: float) -> float:
            value = variables.get(name, default)
            try:
                result = float(value)
            except ValueError:
                result = low - 1
            if not low <= result <= high:
                problems.append(f"{name} is {value!r}: give a number from {low:g} to {high:g}")
            return result

        mode: Mode = "oauth" if variables.get("CREDENTIAL_MODE") == "oauth" else "api-key"
        if (given := text("CREDENTIAL_MODE")) not in ("", "api-key", "oauth"):
            problems.append(f"CREDENTIAL_MODE is {given!r}: give 'api-key' or 'oauth'")
        settings = cls(
            directory=Path(text("RUN_DIRECTORY")),
            environment=text("ENVIRONMENT"),
            region=text("AWS_REGION"),
            secret_arn=text("SECRET_ARN"),
            signing_key_arn=text("SIGNING_KEY_ARN"),
            registry_table=text("REGISTRY_TABLE"),
            mode=mode,
            drain_seconds=number("DRAIN_SECONDS", "30", 0, 110),
            host=text("PICTORY_HOST", "api.pictory.ai"),
            port=int(number("PICTORY_PORT", "443", 1, 65535)),
            envoy_configuration=variables.get(VARIABLE, ""),
        )
        if problems:
            raise SettingsError("\n".join(problems))
        return settings
