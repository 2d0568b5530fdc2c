"""Reads an environment's file into typed settings, and says everything that is wrong with it at once."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pictory_egress.readable import readable
from pictory_egress.settings import EnvironmentSettings

_LONGEST_VALUE = 80


class SettingsError(Exception):
    """One or more files hold settings that cannot be used; ``problems`` has a line for each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def load(path: Path) -> EnvironmentSettings:
    """Settings of the environment in ``path``, a TOML file named after it.

    Raises
    ------
    SettingsError
        The file cannot be read, is not TOML, or holds settings that cannot be used. Each problem names the
        file, the field, the value and what would be right.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError([f"{path}: no such file: name an environment that has one"]) from None
    except OSError as error:
        raise SettingsError(
            [f"{path}: cannot be read ({error.strerror}): mend the file's type or mode"]
        ) from None
    except UnicodeDecodeError as error:
        raise SettingsError([f"{path}: byte {error.start} is not UTF-8: save the file as UTF-8"]) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([f"{path}: not TOML: {error}"]) from None
    try:
        settings = EnvironmentSettings.model_validate(data)
    except ValidationError as error:
        raise SettingsError([*_problems(path, error), *_misfits(path, data, error)]) from None
    if settings.name != path.stem:
        raise SettingsError(
            [
                f"{path}: name: {settings.name!r} is not the file's name: write name = {path.stem!r}, or rename it"
            ]
        )
    return settings


def load_all(paths: Iterable[Path]) -> list[EnvironmentSettings]:
    """Settings of every file, in order.

    Raises
    ------
    SettingsError
        With the problems of all files, when any has one.
    """
    settings: list[EnvironmentSettings] = []
    problems: list[str] = []
    for path in paths:
        try:
            settings.append(load(path))
        except SettingsError as error:
            problems += error.problems
    if problems:
        raise SettingsError(problems)
    return settings


def _problems(path: Path, error: ValidationError) -> list[str]:
    return [line for details in error.errors(include_url=False) for line in _lines(path, details)]


def _misfits(path: Path, data: dict[str, Any], error: ValidationError) -> list[str]:
    """What does not fit between the parts; empty when that is what ``error`` tells."""
    if any(not details["loc"] for details in error.errors()):
        return []
    return [f"{path}: {line}" for line in readable(EnvironmentSettings, data).misfits()]


def _lines(path: Path, details: ErrorDetails) -> list[str]:
    # A union's tag ('s3', 'local') stands in pydantic's location, but not in the file.
    location = [
        str(part) for part in details["loc"] if not (details["loc"][0] == "state" and part in ("s3", "local"))
    ]
    field = ".".join(location)
    message = _remedy(details)
    if not field:
        return [f"{path}: {line}" for line in message.splitlines()]
    value = details["input"]
    shown = "" if details["type"] == "missing" or isinstance(value, dict | list) else f" = {_shorten(value)}"
    return [f"{path}: {field}{shown}: {message}"]


def _remedy(details: ErrorDetails) -> str:
    message = details["msg"].removeprefix("Value error, ")
    match details["type"]:
        case "extra_forbidden":
            return "unknown field: remove it, or mend its spelling"
        case "missing":
            return "missing: add it"
        case "tuple_type" | "list_type":
            return "not a list: write it in brackets, even when it has one entry"
        case "bool_parsing" | "bool_type":
            return "neither true nor false: write one of them"
        case "string_pattern_mismatch":
            return f"does not have the form {details['ctx']['pattern']}: write it so"
        case "union_tag_not_found" | "union_tag_invalid":
            tag = details["ctx"]["discriminator"].strip("'")
            return f"{tag} says which kind it is: write {tag} = 's3', or 'local' in a sandbox"
        case "value_error":
            return message
        case _:
            return f"{message[0].lower()}{message[1:]}"


def _shorten(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
