"""``keys``: a new key for Pictory, from the operator's hand to every task of the gateway; and back."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pictory_egress.cli import candidate, environments, keys_repair, keys_status
from pictory_egress.cli.errors import CommandError, Finding
from pictory_egress.cli.operated import Operated
from pictory_egress.cli.secret import CURRENT, PREVIOUS
from pictory_egress.cli.table import table
from pictory_egress.cli.trouble import UNDER_WAY

_WAITS = ("stage", "promote", "rollback")


def add(commands: Any) -> None:
    """``keys stage``, ``promote``, ``status``, ``verify``, ``rollback`` and ``repair``, to ``commands``."""
    keys = commands.add_parser("keys", help="the key for Pictory: stage, rotate, look, go back, mend")
    actions = keys.add_subparsers(title="actions", metavar="ACTION", required=True)

    def action(
        name: str, run: Callable[[argparse.Namespace], None], words: str, *aliases: str
    ) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = actions.add_parser(name, aliases=aliases, help=words)
        environments.add_option(parser)
        parser.set_defaults(run=run)
        if name in _WAITS:
            parser.add_argument(
                "--wait", type=float, default=40.0, metavar="SECONDS",
                help="how long to wait for the rotation, and again for the tasks",
            )  # fmt: skip
        return parser

    stage = action(
        "stage", _stage, "keep a new key ready; asked for, or read from standard input, never an argument"
    )
    stage.add_argument("--rotate", action="store_true", help="and rotate to it at once")
    action("promote", _promote_staged, "rotate to the staged key now", "rotate")
    action(
        "status",
        keys_status.run,
        "stages, ages, who staged, what each task uses, what is wrong; reads no key",
    )
    action("verify", _verify, "ask Pictory about the current, the previous and the staged key")
    action("rollback", _rollback, "go back to the previous key, if Pictory still takes it")
    repair = action("repair", keys_repair.run, "mend what `keys status` found wrong")
    repair.add_argument("--now", action="store_true", help="also end a rotation that may still be under way")


def _stage(arguments: argparse.Namespace) -> None:
    operated = Operated(arguments.environment)
    mode, caller = operated.environment.credentials.mode, operated.aws.caller
    text = candidate.document(mode, candidate.read(mode), staged_by=caller, now=datetime.now(UTC))
    operated.staging.write(text)
    print(f"staged for environment {operated.environment.name!r} by {caller}")
    if arguments.rotate:
        _promote(operated, wait=arguments.wait)
    else:
        print(f"next: {operated.command('promote')}")


def _promote_staged(arguments: argparse.Namespace) -> None:
    operated = Operated(arguments.environment)
    open_ = operated.key.describe().open_version
    if open_ is not None and datetime.now(UTC) - open_.created <= UNDER_WAY:
        print(f"a rotation to version {open_.id} is under way already: waiting for it", flush=True)
        _ended(operated, open_.id, wait=arguments.wait)
        return
    _promote(operated, wait=arguments.wait)


def _promote(operated: Operated, *, wait: float) -> None:
    open_ = operated.key.describe().open_version
    if open_ is not None and datetime.now(UTC) - open_.created > UNDER_WAY:
        # AWS starts no rotation while another is open. The staged key is still staged.
        operated.function.ask("repair")
        print(f"took AWSPENDING off version {open_.id}, which a rotation left behind", flush=True)
    version = operated.key.rotate()
    print(f"rotating: version {version} is made, verified and promoted by the rotation function", flush=True)
    _ended(operated, version, wait=wait)


def _ended(operated: Operated, version: str, *, wait: float) -> None:
    if not operated.key.wait(version, seconds=wait):
        print(f"the rotation to version {version} is under way: see how it ends")
        print(f"next: {operated.command('status')}")
        return
    print(f"rotated: version {version} is in use", flush=True)
    _taken_over(operated, version, wait=wait)


def _taken_over(operated: Operated, version: str, *, wait: float) -> None:
    """The rotation is done only when no task uses the old key."""
    late = operated.tasks.wait(version, seconds=wait, say=lambda line: print(line, flush=True))
    if late:
        raise Finding(
            f"not done: {', '.join(task.name for task in late)} reported another version last; the key before must "
            f"live on until they have taken this one: {operated.command('status')}"
        )
    if not operated.tasks.now():
        print("no task has spoken in the last minutes: is the service running?")
        print(f"next: {operated.command('status')}")
        return
    print("done: no task uses the key before")
    print("next: nothing; if calls fail, " + operated.command("rollback"))


def _verify(arguments: argparse.Namespace) -> None:
    operated = Operated(arguments.environment)
    answer = operated.function.ask("verify")
    names = {CURRENT: "in use", PREVIOUS: "before", "candidate": "staged"}
    rows = [
        (names[what], found["reason"], str(found.get("status") or ""))
        for what, found in answer.items()
        if what in names
    ]
    print(table(("KEY", "PICTORY SAYS", "STATUS"), rows))
    if answer.get(CURRENT, {}).get("reason") != "accepted":
        raise Finding(f"Pictory does not take the key in use: {operated.command('stage')} --rotate")
    ready = answer.get("candidate", {}).get("reason") == "accepted"
    print("next: " + (operated.command("promote") if ready else "nothing"))


def _rollback(arguments: argparse.Namespace) -> None:
    operated = Operated(arguments.environment)
    current = operated.key.describe().holder(CURRENT)
    if current is None:
        raise CommandError(f"there is no key in use to go back from: {operated.command('stage')} --rotate")
    print(f"going back from version {current.id}: Pictory is asked about the one before", flush=True)
    version = operated.function.ask("rollback", From=current.id)["version_id"]
    print(f"rolled back: version {version} is in use", flush=True)
    _taken_over(operated, version, wait=arguments.wait)
