"""Pictory has two addresses, and at one of them nobody is: calls go by the other, and soon not to the first at all."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.gateway.settings import Client

pytestmark = pytest.mark.envoy

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
STORYBOARD = "/pictoryapis/v2/video/storyboard"
JSON = [("Content-Type", "application/json")]


@pytest.fixture
def two_ways(
    kit: Any, authority: Any, token_key: Any, volume: Path, upstream: Any, resolver: Any
) -> Iterator[Any]:
    (volume / "sidecar.sock").unlink(missing_ok=True)
    keys = kit.KeyServer(volume / "sidecar.sock", [token_key.jwk])
    # At the second address nobody listens.
    resolver.addresses[:] = ["127.0.0.1", "127.0.0.9"]
    settings = kit.gateway_settings(
        min_tasks=1,
        upstream={
            "port": upstream.port, "resolver": resolver.endpoint, "allowed_private_ranges": ["127.0.0.0/8"],
        },
    )  # fmt: skip
    clients = [Client(name="studio", permissions=("storyboards.write", "jobs.read"))]
    running = kit.Gateway(directory=volume, settings=settings, clients=clients, authority=authority)
    yield running
    running.close()
    keys.close()


@pytest.fixture
def write(two_ways: Any, token_key: Any) -> Callable[[], Any]:
    token = token_key.token("studio")
    return lambda: two_ways.call("POST", STORYBOARD, credential=token, headers=JSON, body=b'{"scenes":[]}')


def ejected(gateway: Any) -> int:
    text = gateway.admin("GET", "/stats?filter=^cluster[.]pictory[.]outlier_detection[.]ejections_active$")[1]
    return int(re.findall(r": (\d+)", text)[0])


def test_address_when_no_connection_comes_about_then_writes_go_by_the_other_once_each_and_it_is_left_out(
    two_ways: Any, write: Callable[[], Any], upstream: Any, kit: Any
) -> None:
    replies = []

    def left_out() -> bool:
        replies.append(write())
        return ejected(two_ways) == 1

    kit.eventually(left_out, what="the address is left out")
    attempts = [two_ways.log_of(reply)["attempts"] for reply in replies]
    # Envoy counts five connections that did not come about; each of these writes was sent where one did.
    assert attempts.count(2) >= 5
    later = [write() for _ in range(10)]
    assert {two_ways.log_of(reply)["attempts"] for reply in later} == {1}
    assert {reply.status for reply in replies + later} == {200}
    assert {two_ways.log_of(reply)["reason"] for reply in replies} == {"ok"}
    assert len(upstream.received) == len(replies) + len(later)
