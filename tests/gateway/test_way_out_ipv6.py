"""Addresses of IPv6, which the product does not ask for: were they asked for, they would be checked as well.

A VPC's way out is by NAT gateways, of IPv4 alone, and Pictory is told their addresses; so only A records are asked for. The
guard is of the address that a connection goes to, whatever led there.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.gateway.settings import Client
from tests.gateway.tasks import STORYBOARD

pytestmark = pytest.mark.envoy

Start = Callable[..., Any]


def asks_for_both(document: dict[str, Any]) -> None:
    """The gateway as it would be if the names of IPv6 were asked for too."""
    text = json.dumps(document)
    assert '"V4_ONLY"' in text
    document.update(json.loads(text.replace('"V4_ONLY"', '"ALL"')))


@pytest.fixture
def start(
    kit: Any, authority: Any, token_key: Any, volume: Path, upstream: Any, resolver: Any
) -> Iterator[Start]:
    """Starts a gateway whose Pictory has the given addresses; ``allowed`` are the ranges exempt from the guard."""
    directory = Path(tempfile.mkdtemp(dir=volume))
    keys = kit.KeyServer(directory / "sidecar.sock", [token_key.jwk])
    started: list[Any] = []

    def gateway(*addresses: str, allowed: tuple[str, ...] = ()) -> Any:
        resolver.addresses[:] = addresses
        settings = kit.gateway_settings(
            upstream={
                "port": upstream.port, "resolver": resolver.endpoint,
                "allowed_private_ranges": ["127.0.0.1/32", *allowed],
            }
        )  # fmt: skip
        clients = [Client(name="reports", permissions=("jobs.read", "storyboards.write"))]
        running = kit.Gateway(
            directory=directory, settings=settings, clients=clients, authority=authority, edit=asks_for_both
        )
        started.append(running)
        return running

    yield gateway
    for running in started:
        running.close()
    keys.close()


@pytest.fixture
def inner(kit: Any, authority: Any, volume: Path, upstream: Any) -> Iterator[Any]:
    """A second server that would answer, on the loopback of IPv6."""
    there = kit.Upstream()
    try:
        server = kit.serve_pictory(
            there, certificate=authority.issue(kit.host, volume), address="::1", port=upstream.port
        )
    except OSError as error:
        pytest.skip(f"no loopback of IPv6: {error}")
    yield there
    server.shutdown()
    server.server_close()


def test_address_of_ipv6_when_its_range_is_allowed_then_the_call_goes_there(
    start: Start, inner: Any, token_key: Any
) -> None:
    gateway = start("::1", allowed=("::1/128",))
    assert gateway.call("POST", STORYBOARD, credential=token_key.token()).status == 200
    assert len(inner.received) == 1


@pytest.mark.parametrize("addresses", [("::1",), ("127.0.0.1", "::1"), ("::1", "127.0.0.1")])
def test_loopback_of_ipv6_when_it_stands_anywhere_in_the_answer_then_no_call_goes_there(
    start: Start, inner: Any, upstream: Any, token_key: Any, addresses: tuple[str, ...]
) -> None:
    upstream.reset()
    gateway = start(*addresses)
    replies = [gateway.call("POST", STORYBOARD, credential=token_key.token()) for _ in range(8)]
    refused = [reply for reply in replies if reply.status != 200]
    assert refused
    assert {(reply.status, reply.code) for reply in refused} == {(502, "upstream_address_refused")}
    assert gateway.log_of(refused[0])["reason"] == "upstream_address_refused"
    assert not inner.received
    assert len(upstream.received) == len(replies) - len(refused)
