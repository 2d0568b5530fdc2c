"""The monitoring, synthesized once for all tests that only read it."""

import pytest

from pictory_egress.monitoring.infrastructure import Monitoring
from tests.monitoring.synthesis import Synthesized, synthesize


@pytest.fixture(scope="session")
def made() -> tuple[Synthesized, Monitoring]:
    return synthesize()


@pytest.fixture(scope="session")
def synthesized(made: tuple[Synthesized, Monitoring]) -> Synthesized:
    return made[0]
