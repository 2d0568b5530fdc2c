"""What the function is told by its environment."""

from collections.abc import Mapping
from dataclasses import dataclass

from .errors import MisconfiguredError


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """``candidate_max_age_hours`` and ``deadline_days`` as in the environment's settings."""

    secret_arn: str
    staging_secret_arn: str
    mode: str
    candidate_max_age_hours: int
    deadline_days: int
    host: str
    port: int
    verify_path: str
    jobs_path: str
    token_path: str
    user_agent: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Configuration":
        """Raises MisconfiguredError, naming the variable that is missing or unusable."""
        mode = _text(environment, "CREDENTIAL_MODE")
        if mode not in ("api-key", "oauth"):
            raise MisconfiguredError("CREDENTIAL_MODE", "set it to 'api-key' or 'oauth'")
        return cls(
            secret_arn=_text(environment, "SECRET_ARN"),
            staging_secret_arn=_text(environment, "STAGING_SECRET_ARN"),
            mode=mode,
            candidate_max_age_hours=_number(environment, "CANDIDATE_MAX_AGE_HOURS"),
            deadline_days=_number(environment, "DEADLINE_DAYS"),
            host=_text(environment, "PICTORY_HOST"),
            port=_number(environment, "PICTORY_PORT"),
            verify_path=_text(environment, "PICTORY_VERIFY_PATH"),
            jobs_path=_text(environment, "PICTORY_JOBS_PATH"),
            token_path=_text(environment, "PICTORY_TOKEN_PATH"),
            user_agent=_text(environment, "PICTORY_USER_AGENT"),
        )


def _text(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise MisconfiguredError(name, "set it in the function's environment")
    return value


def _number(environment: Mapping[str, str], name: str) -> int:
    value = _text(environment, name)
    if not value.isascii() or not value.isdigit() or int(value) == 0:
        raise MisconfiguredError(name, "set it to a whole number above 0")
    return int(value)
