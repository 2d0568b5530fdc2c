"""Finds the settings that a command is about."""

import argparse
from pathlib import Path
from typing import Final

from pictory_egress.cli.errors import CommandError
from pictory_egress.environment import load
from pictory_egress.settings import EnvironmentSettings

FOLDER: Final = Path("stacks") / "environments"
"""Where environments are looked for by name, below the current directory."""


def add_option(command: argparse.ArgumentParser, *, required: bool = True) -> None:
    """``--environment FILE|ENV``."""
    command.add_argument(
        "-e", "--environment", "--environment-file", metavar="FILE|ENV", required=required, dest="environment",
        help=f"the environment's file, or its name when the file is {FOLDER}/<ENV>.toml",
    )  # fmt: skip


def settings(given: str) -> EnvironmentSettings:
    """Settings of the environment ``given`` as a file or by name.

    Raises
    ------
    CommandError
        There is no environment of that name here.
    SettingsError
        The file holds settings that cannot be used.
    """
    path = Path(given)
    if path.suffix == ".toml" or len(path.parts) > 1:
        return load(path)
    by_name = FOLDER / f"{given}.toml"
    if by_name.is_file():
        return load(by_name)
    known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.toml")))
    raise CommandError(
        f"environment {given!r} has no file {by_name}: "
        + (
            f"choose one of {known}, or name a file"
            if known
            else "go to the folder that holds it, or name a file"
        )
    )


def prefix(environment: EnvironmentSettings) -> str:
    """What the names of everything in the environment begin with."""
    return f"pictory-egress-{environment.name}"
