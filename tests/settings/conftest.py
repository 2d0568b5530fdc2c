import copy
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ENVIRONMENTS = Path(__file__).parents[2] / "stacks" / "environments"


@pytest.fixture
def prod() -> dict[str, Any]:
    """Settings of prod as plain data, to be changed by a test."""
    return copy.deepcopy(tomllib.loads((ENVIRONMENTS / "prod.toml").read_text(encoding="utf-8")))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    """Writes settings as ``prod.toml``."""

    def _write(data: dict[str, Any]) -> Path:
        path = tmp_path / "prod.toml"
        path.write_text("\n".join(_toml(data)), encoding="utf-8")
        return path

    return _write


def _toml(data: dict[str, Any]) -> list[str]:
    return [f"{key} = {_value(value)}" for key, value in data.items()]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return repr(value) if not isinstance(value, str) else '"' + value + '"'
