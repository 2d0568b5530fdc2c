"""What all tests share."""

from pathlib import Path

import pytest

SERVERS = {"sandbox_alarms", "sandbox_aws", "sandbox_front", "sandbox_pictory"}
"""Folders whose tests talk to servers that they start: seconds each, hence not among the quick ones."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if SERVERS & set(Path(str(item.path)).parts):
            item.add_marker("server")
