"""``keys status``: where the key stands, who uses it, and what is wrong. It reads no value."""

import argparse
from datetime import UTC, datetime, timedelta
from typing import Any

from pictory_egress.cli import trouble
from pictory_egress.cli.errors import CommandError, Finding
from pictory_egress.cli.operated import Operated
from pictory_egress.cli.secret import CURRENT, Described, Version
from pictory_egress.cli.table import table
from pictory_egress.cli.tasks import Task


def run(arguments: argparse.Namespace) -> None:
    """Print it; raises Finding when something is wrong, with what to do next."""
    operated, now = Operated(arguments.environment), datetime.now(UTC)
    key, staging = operated.key.describe(), operated.staging.describe()
    versions = [("key", version) for version in key.versions]
    versions += [("candidate", version) for version in staging.versions]
    rows = [(name, " ".join(v.stages), v.id, span(now - v.created)) for name, v in versions]
    print(table(("SECRET", "STAGES", "VERSION", "AGE"), rows) if rows else "no key in use, and none staged")
    print()
    tasks = operated.tasks.now()
    print(_tasks(tasks, key, now=now))
    print()
    told = _told(operated)
    for name, value in _facts(operated, key, staging, told, now=now):
        print(f"{name:10} {value}")
    found = [
        *trouble.of_secrets(key, staging, now=now),
        *trouble.of_key(operated.aws.kms(), key.key_id),
        *trouble.of_function(operated.aws.logs(), operated.function_log_group, key=key, now=now),
    ]
    for each in found:
        print(f"wrong      {each.text} (runbook {each.slug}): {operated.command(each.mend)}")
    if found:
        raise Finding(f"{len(found)} thing(s) wrong: {operated.command(found[0].mend)}")
    print(f"next       {_next(operated, key, told, tasks)}")


def _tasks(tasks: list[Task], key: Described, *, now: datetime) -> str:
    if not tasks:
        return "no task has spoken in the last minutes"
    stages = {version.id: " ".join(version.stages) for version in key.versions}
    rows = [
        (
            task.name,
            task.version_id or "no key",
            stages.get(task.version_id or "", ""),
            f"{span(now - task.seen)} ago",
        )
        for task in tasks
    ]
    return table(("TASK", "USES VERSION", "STAGES", "SAID"), rows)


def _told(operated: Operated) -> dict[str, Any]:
    """What the function says of the candidate; why it could not, when it could not."""
    try:
        return dict(operated.function.ask("inspect")["candidate"])
    except CommandError as problem:
        return {"state": f"not looked at: {problem}"}


def _facts(
    operated: Operated, key: Described, staging: Described, told: dict[str, Any], *, now: datetime
) -> list[tuple[str, str]]:
    credentials, schedule = operated.environment.credentials, key.schedule
    current, candidate = key.holder(CURRENT), staging.holder(CURRENT)
    deadline = timedelta(days=credentials.deadline_days)
    fresh = timedelta(hours=credentials.candidate_max_age_hours)
    staged = told["state"] + (f", by {told['staged_by']}" if "staged_by" in told else "")
    return [
        ("rotation", f"{'on' if schedule.enabled else 'off'}, every {credentials.schedule[5:-1]}"),
        ("last", f"{span(now - schedule.last)} ago" if schedule.last else "never"),
        ("due", schedule.next.isoformat(timespec="minutes") if schedule.next else "not known"),
        ("key", _left(now - current.created if current else None, deadline, "overdue")),
        ("candidate", _left(now - candidate.created if candidate else None, fresh, "stale")),
        ("staged", staged),
        ("account", _account(operated, current)),
    ]


def _account(operated: Operated, current: Version | None) -> str:
    """Whether a new key's account can be told once the key in use is dead."""
    if operated.environment.credentials.mode == "oauth":
        return "told by the user id"
    if current is not None and current.has_job:
        return "told by a job: a key of another account will be refused"
    return f"cannot be told once the key in use is dead: before that, with a job there, {operated.command('verify')}"


def _next(operated: Operated, key: Described, told: dict[str, Any], tasks: list[Task]) -> str:
    current = key.holder(CURRENT)
    late = [task.name for task in tasks if current and task.version_id != current.id]
    if key.open_version is not None:
        return f"a rotation is under way: {operated.command('status')} in a minute"
    if late:
        return (
            f"the last rotation is not done: {', '.join(late)} use(s) another version; look again in a minute"
        )
    if told["state"] == "ready":
        return operated.command("promote")
    if current is None:
        return f"{operated.command('stage')} --rotate"
    return "nothing"


def _left(age: timedelta | None, longest: timedelta, passed: str) -> str:
    if age is None:
        return "none"
    return (
        f"good for another {span(longest - age)}"
        if age <= longest
        else f"{passed} since {span(age - longest)}"
    )


def span(time: timedelta) -> str:
    """``time`` in its largest whole unit, such as ``3 days`` or ``5 minutes``."""
    seconds = max(0, int(time.total_seconds()))
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"
