"""Which version of the key each task of the gateway uses, from the lines that its sidecar writes."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

# A sidecar speaks once a minute, and at once when it takes another key.
_SILENT: Final = timedelta(seconds=150)
_SPEAKS_OF_ITS_KEY: Final = ("heartbeat", "credential_loaded", "credential_withdrawn")
_PAUSE: Final = 2.0


@dataclass(frozen=True)
class Task:
    """One task, the version that it uses (None: no key), and when it said so."""

    name: str
    version_id: str | None
    seen: datetime


class Tasks:
    """The running tasks of one environment, as its log group tells of them."""

    def __init__(self, client: "CloudWatchLogsClient", log_group: str) -> None:
        self._client, self._group = client, log_group

    def now(self) -> list[Task]:
        """Tasks that spoke within the last two and a half minutes, and have not ended since."""
        since = datetime.now(UTC) - _SILENT
        pages = self._client.get_paginator("filter_log_events").paginate(
            # A word, not a field: every line of a sidecar holds it, and no line of a call.
            logGroupName=self._group, startTime=int(since.timestamp() * 1000), filterPattern='"sidecar"',
        )  # fmt: skip
        found: dict[str, Task | None] = {}
        try:
            for page in pages:
                for event in sorted(page["events"], key=lambda each: each["timestamp"]):
                    said, name = _parsed(event["message"]), event["logStreamName"].rpartition("/")[2]
                    at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
                    if said.get("event") in _SPEAKS_OF_ITS_KEY:
                        found[name] = Task(name, said.get("version_id"), at)
                    elif said.get("event") == "drain_ended":
                        found[name] = None
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
        return sorted((task for task in found.values() if task), key=lambda task: task.name)

    def wait(
        self,
        version_id: str,
        *,
        seconds: float,
        say: Callable[[str], None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> list[Task]:
        """Waits until every task uses the version, for ``seconds``; the tasks that do not, as last seen."""
        said = ""
        for _ in range(max(1, round(seconds / _PAUSE))):
            tasks = self.now()
            late = [task for task in tasks if task.version_id != version_id]
            line = f"{len(tasks) - len(late)} of {len(tasks)} tasks use it"
            if line != said:
                say(line)
                said = line
            if tasks and not late:
                return []
            sleep(_PAUSE)
        return late


def _parsed(message: str) -> dict[str, Any]:
    try:
        line = json.loads(message)
    except ValueError:
        return {}
    return line if isinstance(line, dict) and line.get("kind") == "sidecar" else {}
