"""JSON values, and identifiers and times in the forms that Pictory uses."""

import datetime
import secrets
import uuid
from typing import TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, JsonValue]


def job_id() -> str:
    """A lower-case UUID."""
    return str(uuid.uuid4())


def resource_id() -> str:
    """A time and randomness, as projects, templates and connections are named."""
    return f"{datetime.datetime.now(datetime.UTC):%Y%m%d%H%M%S%f}{secrets.token_hex(16)}"


def timestamp() -> str:
    """Now, ISO 8601 in UTC with milliseconds."""
    now = datetime.datetime.now(datetime.UTC)
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
