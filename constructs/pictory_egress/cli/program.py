"""The commands, and how they end: 0 done, 1 a finding, 2 an error, which is one clear message."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from pictory_egress.cli import catalog, check, clients, explain, keys
from pictory_egress.cli.aws import explanation
from pictory_egress.cli.errors import CommandError, Finding
from pictory_egress.environment import SettingsError

_DONE: Final = 0
_FINDING: Final = 1
_ERROR: Final = 2
_INTERRUPTED: Final = 130


def parser() -> argparse.ArgumentParser:
    """The parser of all commands; each sets ``run``, which takes the parsed arguments."""
    root = argparse.ArgumentParser(
        prog="pictory-egress", description="Operates a gateway to the Pictory API.", allow_abbrev=False
    )
    commands = root.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for part in (catalog, clients, keys, explain, check):
        part.add(commands)
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = parser().parse_args(argv)
    try:
        status = arguments.run(arguments)
        sys.stdout.flush()
    except Finding as finding:
        return _say(str(finding), _FINDING)
    except (CommandError, SettingsError) as error:
        return _say(str(error), _ERROR)
    except (ClientError, BotoCoreError) as error:
        return _say(explanation(error), _ERROR)
    except BrokenPipeError:
        # The reader (head, less) has what it wanted; nothing more may be written at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _DONE
    except KeyboardInterrupt:
        return _say("interrupted", _INTERRUPTED)
    return int(status or _DONE)


def _say(message: str, status: int) -> int:
    print(f"pictory-egress: {message}", file=sys.stderr)
    return status
