"""``keys``: a new key for Pictory, from the operator's hand to the rotation; and where it stands."""

import argparse
from datetime import UTC, datetime, timedelta
from typing import Any

from pictory_egress.cli import candidate, environments
from pictory_egress.cli.aws import Aws
from pictory_egress.cli.secret import CURRENT, Secret
from pictory_egress.cli.table import table
from pictory_egress.settings import EnvironmentSettings


def add(commands: Any) -> None:
    """``keys stage``, ``keys status`` and ``keys rotate``, to ``commands``."""
    keys = commands.add_parser(
        "keys", help="the key for Pictory: stage a new one, see where it stands, rotate"
    )
    actions = keys.add_subparsers(title="actions", metavar="ACTION", required=True)
    stage = actions.add_parser(
        "stage", help="keep a new key ready; it is asked for, or read from standard input, never an argument"
    )
    stage.add_argument("--rotate", action="store_true", help="and rotate to it at once")
    rotate = actions.add_parser("rotate", aliases=["promote"], help="rotate to the staged key now")
    status = actions.add_parser("status", help="stages and ages; reads no key")
    for action in (stage, rotate):
        action.add_argument(
            "--wait",
            type=float,
            default=40.0,
            metavar="SECONDS",
            help="how long to wait for the rotation to end",
        )
    for action, run in ((stage, _stage), (rotate, _rotate), (status, _status)):
        environments.add_option(action)
        action.set_defaults(run=run)


def _secrets(environment: EnvironmentSettings, aws: Aws) -> tuple[Secret, Secret]:
    client, prefix = aws.secrets_manager(), environments.prefix(environment)
    return Secret(client, f"{prefix}/pictory"), Secret(client, f"{prefix}/pictory-candidate")


def _stage(arguments: argparse.Namespace) -> None:
    environment = environments.settings(arguments.environment)
    aws = Aws(environment)
    key, staging = _secrets(environment, aws)
    mode = environment.credentials.mode
    text = candidate.document(mode, candidate.read(mode), staged_by=aws.caller, now=datetime.now(UTC))
    staging.write(text)
    print(f"staged for environment {environment.name!r} by {aws.caller}")
    if arguments.rotate:
        _promote(key, wait=arguments.wait)


def _rotate(arguments: argparse.Namespace) -> None:
    environment = environments.settings(arguments.environment)
    key, _ = _secrets(environment, Aws(environment))
    _promote(key, wait=arguments.wait)


def _promote(key: Secret, *, wait: float) -> None:
    version = key.rotate()
    if key.wait(version, seconds=wait):
        print(f"rotated: version {version} is in use")
    else:
        print(
            f"the rotation to version {version} is under way: `pictory-egress keys status` shows how it ends"
        )


def _status(arguments: argparse.Namespace) -> None:
    environment = environments.settings(arguments.environment)
    key, staging = _secrets(environment, Aws(environment))
    now, credentials = datetime.now(UTC), environment.credentials
    versions = [("key", version) for version in key.versions()]
    versions += [("candidate", version) for version in staging.versions()]
    rows = [(name, " ".join(v.stages), v.id, span(now - v.created)) for name, v in versions]
    ages = {name: now - v.created for name, v in versions if CURRENT in v.stages}
    schedule = key.schedule()
    print(table(("SECRET", "STAGES", "VERSION", "AGE"), rows) if rows else "no key in use, and none staged")
    print()
    print(f"rotation   {'on' if schedule.enabled else 'off'}, every {credentials.schedule[5:-1]}")
    print(f"last       {f'{span(now - schedule.last)} ago' if schedule.last else 'never'}")
    print(f"next       {schedule.next.isoformat(timespec='minutes') if schedule.next else 'not known'}")
    print(f"key        {_left(ages.get('key'), timedelta(days=credentials.deadline_days), 'overdue')}")
    fresh = timedelta(hours=credentials.candidate_max_age_hours)
    print(f"candidate  {_left(ages.get('candidate'), fresh, 'stale')}")


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
