"""What all tests share."""

from collections.abc import Iterator
from pathlib import Path

import botocore.loaders
import botocore.session
import hypothesis
import pytest

SERVERS = {"sandbox_alarms", "sandbox_aws", "sandbox_front", "sandbox_pictory"}
"""Folders whose tests talk to servers that they start: seconds each, hence not among the quick ones."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if SERVERS & set(Path(str(item.path)).parts):
            item.add_marker("server")
        # One synthesis of all stacks is enough, however many processes share the tests.
        if "outdir" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("stacks"))


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
