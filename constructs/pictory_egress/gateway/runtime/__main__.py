"""``python -m runtime prepare | run | health | inspect | inspect-health``."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from .settings import Settings, SettingsError

Variables = dict[str, str]


def _prepare(variables: Variables) -> int:
    from . import prepare

    return prepare.main(Settings.from_environment(variables))


def _run(variables: Variables) -> int:
    from . import supervisor

    return supervisor.main(Settings.from_environment(variables))


def _health(variables: Variables) -> int:
    from . import health

    return health.main(Settings.from_environment(variables))


def _inspect(variables: Variables) -> int:
    from .inspection import workers

    return workers.main(_socket(variables, workers.SOCKET_VARIABLE), variables.get(workers.VARIABLE, ""))


def _inspect_health(variables: Variables) -> int:
    from .inspection import workers

    return workers.health(_socket(variables, workers.SOCKET_VARIABLE))


def _socket(variables: Variables, name: str) -> Path:
    for variable in ("RUN_DIRECTORY", name):
        if not variables.get(variable):
            raise SettingsError(f"{variable} is not set: the task definition gives it to each inspector")
    return Path(variables["RUN_DIRECTORY"], variables[name])


# Each imports only what it needs: the inspector's memory is limited, and it has no use for AWS.
COMMANDS: Final[dict[str, Callable[[Variables], int]]] = {
    "prepare": _prepare,
    "run": _run,
    "health": _health,
    "inspect": _inspect,
    "inspect-health": _inspect_health,
}


def main(arguments: list[str]) -> int:
    """Runs one command and gives its exit status."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        print(f"usage: python -m runtime {' | '.join(COMMANDS)}", file=sys.stderr)
        return 2
    # Nothing in the volume is anybody else's to read.
    os.umask(0o077)
    try:
        return COMMANDS[arguments[0]](dict(os.environ))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
