"""Pictory's name cannot be resolved: refused by a code, nothing sent anywhere, and mended when DNS is."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.gateway.settings import Client
from tests.gateway.name_servers import FAILURES, SAYING_NONE, NameServer
from tests.gateway.running import way_out

pytestmark = [pytest.mark.envoy, pytest.mark.slow]

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
STORYBOARD = "/pictoryapis/v2/video/storyboard"
START_SECONDS = 20
"""Envoy begins to serve when it has an answer, or has given up on one."""


@pytest.fixture(params=FAILURES.values(), ids=FAILURES.keys())
def names(request: pytest.FixtureRequest) -> Iterator[NameServer]:
    server = NameServer(request.param)
    yield server
    server.close()


@pytest.fixture
def unresolved(
    kit: Any, authority: Any, token_key: Any, volume: Path, upstream: Any, names: NameServer
) -> Iterator[Any]:
    keys = kit.KeyServer(volume / "sidecar.sock", [token_key.jwk])
    settings = kit.gateway_settings(upstream=way_out(upstream.port, names))
    clients = [Client(name="reports", permissions=("jobs.read", "storyboards.write"))]
    running = kit.Gateway(
        directory=volume, settings=settings, clients=clients, authority=authority, start_seconds=START_SECONDS
    )
    yield running
    running.close()
    keys.close()
    (volume / "sidecar.sock").unlink()


def test_name_when_it_cannot_be_resolved_then_503_nothing_leaves_and_it_is_mended_when_dns_is(
    unresolved: Any, names: NameServer, upstream: Any, token_key: Any, kit: Any
) -> None:
    failing = names.way
    for method, target in (("GET", JOB), ("POST", STORYBOARD)):
        reply = unresolved.call(method, target, credential=token_key.token())
        assert (reply.status, reply.code) == (503, "upstream_unavailable")
        assert reply.headers["retry-after"] == "10"
        line = unresolved.log_of(reply)
        assert (line["decision"], line["reason"], line["flags"]) == ("allow", "upstream_unavailable", "UH")
        assert line["upstream_status"] == 0
    assert names.asked
    assert (upstream.handshakes, upstream.received) == (0, [])

    names.works()
    kit.eventually(
        lambda: unresolved.call("GET", JOB, credential=token_key.token()).status == 200,
        what="the name resolves again",
        seconds=START_SECONDS,
    )

    # Once it is known: where DNS says that there is no address there is none, else the last ones serve.
    names.way = failing
    before = _attempts(unresolved)
    kit.eventually(
        lambda: _attempts(unresolved) >= before + 3, what="asked again in vain", seconds=3 * START_SECONDS
    )
    reply = unresolved.call("GET", JOB, credential=token_key.token())
    if failing in SAYING_NONE:
        assert (reply.status, reply.code) == (503, "upstream_unavailable")
    else:
        assert reply.status == 200


def _attempts(gateway: Any) -> int:
    text = gateway.admin("GET", "/stats?filter=^cluster[.]pictory[.]update_attempt$")[1]
    return int(re.findall(r": (\d+)", text)[0])
