"""``python -m runtime prepare | run | health``."""

import os
import sys
from collections.abc import Callable
from typing import Final

from . import health, prepare, sidecar
from .settings import Settings, SettingsError

COMMANDS: Final[dict[str, Callable[[Settings], int]]] = {
    "prepare": prepare.main,
    "run": sidecar.main,
    "health": health.main,
}


def main(arguments: list[str]) -> int:
    """Runs one command and gives its exit status."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        print(f"usage: python -m runtime {' | '.join(COMMANDS)}", file=sys.stderr)
        return 2
    # Nothing in the volume is anybody else's to read.
    os.umask(0o077)
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    return COMMANDS[arguments[0]](settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
