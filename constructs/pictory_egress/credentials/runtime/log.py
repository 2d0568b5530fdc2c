"""One JSON object a line on standard output, which Lambda carries to CloudWatch Logs."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

Field = str | int | float | bool | None
Log = Callable[..., None]
"""``log(event, **fields)``; fields never hold a secret's value."""


def logger(**common: Field) -> Log:
    """A log whose every line holds ``common``. Fields that are None are left out."""

    def log(event: str, **fields: Field) -> None:
        line = {
            "kind": "rotation",
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "event": event,
        }
        given = {name: value for name, value in {**common, **fields}.items() if value is not None}
        print(json.dumps({**line, **given}), flush=True)

    return log
