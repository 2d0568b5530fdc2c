"""What all tests share."""

from collections.abc import Iterator
from pathlib import Path

import botocore.loaders
import botocore.session
import hypothesis
import pytest

SERVERS = {"sandbox_alarms", "sandbox_aws", "sandbox_front", "sandbox_pictory"}
"""Folders whose tests talk to servers that they start: seconds each, hence not among the quick ones."""
LANES = dict.fromkeys((*SERVERS, "sandbox"), "deployments") | {"gateway": "gateway"}
"""Folders whose tests run one after the other, whatever runs beside them: they share ports, or wait for timers."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        if folder in SERVERS:
            item.add_marker("server")
        if group := _group(item, folder):
            item.add_marker(pytest.mark.xdist_group(group))


def _group(item: pytest.Item, folder: str) -> str | None:
    """Whom a test shares a process with, however many there are; None when that is all the same."""
    if item.get_closest_marker("xdist_group"):
        return None
    if folder in LANES and any(item.get_closest_marker(mark) for mark in ("slow", "envoy", "server")):
        return LANES[folder]
    # One synthesis of all stacks is enough.
    return "stacks" if "outdir" in getattr(item, "fixturenames", ()) else None


# Nothing here is timed: a machine may be busy with something else.
hypothesis.settings.register_profile(
    "full", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile("quick", hypothesis.settings.get_profile("full"), max_examples=25)


def pytest_configure(config: pytest.Config) -> None:
    # Properties are tried with 100 examples; `--hypothesis-profile quick` makes that a quarter.
    hypothesis.settings.load_profile(config.getoption("--hypothesis-profile") or "full")


@pytest.fixture(scope="session", autouse=True)
def _service_models_read_once() -> Iterator[None]:
    """Each command of ours makes a boto3 session, and each session would read the models of its services anew."""
    loader = botocore.loaders.create_loader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", lambda _path=None: loader)
        yield
