"""Where tunnels may end, how many there may be, and how they end with their task."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.gateway.runtime.drain import drain
from pictory_egress.gateway.runtime.envoy_admin import EnvoyAdmin
from pictory_egress.gateway.runtime.log import Log
from pictory_egress.gateway.settings import Client
from tests.gateway.running import way_out

pytestmark = pytest.mark.envoy

HOST = "video.pictory.ai"
TARGET = f"{HOST}:443"
GET = b"GET /result.mp4 HTTP/1.1\r\nHost: video.pictory.ai\r\n\r\n"
TUNNELS_PER_MINUTE = 6


@pytest.fixture
def proxy(
    kit: Any, authority: Any, token_key: Any, volume: Path, assets: Any, resolver: Any
) -> Iterator[Any]:
    (volume / "sidecar.sock").unlink(missing_ok=True)
    keys = kit.KeyServer(volume / "sidecar.sock", [token_key.jwk])
    resolver.addresses[:] = ["127.0.0.1"]
    assets.reset()
    settings = kit.gateway_settings(
        min_tasks=1,
        upstream=way_out(assets.port, resolver),
        connect={
            "domain": "proxy.example.com", "hosts": [HOST], "tunnels_per_minute": TUNNELS_PER_MINUTE,
            "idle_seconds": 2,
        },
    )  # fmt: skip
    clients = [Client(name=name, permissions=("assets.connect",)) for name in ("one", "two", "three", "four")]
    running = kit.Gateway(directory=volume, settings=settings, clients=clients, authority=authority)
    running.wait_for_tunnels()
    yield running
    running.close()
    keys.close()


@pytest.fixture
def open_tunnel(kit: Any, proxy: Any, token_key: Any) -> Iterator[Callable[[str], tuple[Any, Any]]]:
    opened = []

    def connect(client: str) -> tuple[Any, Any]:
        one = kit.Tunnel(proxy)
        opened.append(one)
        return one, one.ask(TARGET, f"Bearer {token_key.token(client)}")

    yield connect
    for one in opened:
        one.close()


@pytest.mark.slow
def test_address_when_not_public_then_nothing_goes_there_wherever_it_stands_in_the_answer(
    proxy: Any, open_tunnel: Any, resolver: Any, assets: Any, kit: Any, authority: Any, volume: Path
) -> None:
    # A second server that would answer: only the address tells it apart.
    inner = kit.Upstream()
    server = kit.serve_pictory(
        inner, certificate=authority.issue(HOST, volume), address="127.0.0.2", port=assets.port
    )

    def figure(name: str) -> int:
        _, text = proxy.admin("GET", f"/stats?filter=asset_.*{name}")
        return int(text.rsplit(": ", 1)[1])

    def resolved(count: int) -> bool:
        return figure("membership_total") == count and figure("update_success") >= before + 2

    reasons = set()
    try:
        for client, addresses in (
            ("one", ["127.0.0.2"]),
            ("two", ["127.0.0.1", "127.0.0.2"]),
            ("three", ["127.0.0.2", "127.0.0.1"]),
        ):
            before = figure("update_success")
            resolver.addresses[:] = addresses
            count = len(addresses)
            kit.eventually(lambda count=count: resolved(count), what=f"{addresses} resolved")
            for _ in range(TUNNELS_PER_MINUTE):
                tunnel, reply = open_tunnel(client)
                try:
                    tunnel.start_tls(HOST)
                except ConnectionError:
                    line = proxy.log_of(reply)
                    assert (line["client"], line["decision"]) == (client, "allow")
                    reasons.add((client, line["reason"]))
        assert reasons == {(client, "upstream_address_refused") for client in ("one", "two", "three")}
        assert not inner.handshakes
    finally:
        server.shutdown()
        server.server_close()


def test_host_when_it_cannot_be_reached_then_the_tunnel_closes_and_its_one_line_says_so(
    kit: Any, authority: Any, token_key: Any, volume: Path, resolver: Any
) -> None:
    resolver.addresses[:] = ["127.0.0.1"]
    (volume / "sidecar.sock").unlink(missing_ok=True)
    keys = kit.KeyServer(volume / "sidecar.sock", [token_key.jwk])
    settings = kit.gateway_settings(
        # Nobody listens there.
        upstream=way_out(9, resolver),
        connect={"domain": "proxy.example.com", "hosts": [HOST]},
    )
    clients = [Client(name="one", permissions=("assets.connect",))]
    proxy = kit.Gateway(directory=volume, settings=settings, clients=clients, authority=authority)
    proxy.wait_for_tunnels()
    tunnel = kit.Tunnel(proxy)
    try:
        reply = tunnel.ask(TARGET, f"Bearer {token_key.token('one')}")
        with pytest.raises(ConnectionError):
            tunnel.start_tls(HOST)
        line = proxy.log_of(reply)
        assert (line["client"], line["host"]) == ("one", HOST)
        assert (line["decision"], line["reason"]) == ("allow", "upstream_unavailable")
        assert len([one for one in proxy.log() if one["request_id"] == line["request_id"]]) == 1
    finally:
        tunnel.close()
        proxy.close()
        keys.close()


def test_client_when_it_opens_more_than_it_may_then_429_and_others_go_on(
    open_tunnel: Any, proxy: Any
) -> None:
    replies = [open_tunnel("one")[1] for _ in range(TUNNELS_PER_MINUTE + 2)]
    assert [reply.status for reply in replies] == [200] * TUNNELS_PER_MINUTE + [429] * 2
    assert replies[-1].code == "rate_limited"
    assert replies[-1].headers["retry-after"] == "10"
    line = proxy.log_of(replies[-1])
    assert (line["kind"], line["client"], line["reason"]) == ("tunnel", "one", "rate_limited")
    assert open_tunnel("two")[1].status == 200


def test_tunnel_when_nothing_goes_through_then_it_is_closed(open_tunnel: Any, proxy: Any) -> None:
    tunnel, reply = open_tunnel("one")
    tunnel.start_tls(HOST)
    assert tunnel.closed(seconds=8)
    assert 1_900 <= proxy.log_of(reply)["duration_ms"] < 5_000


def test_host_when_it_ends_the_connection_then_so_does_the_tunnel(
    open_tunnel: Any, proxy: Any, assets: Any, kit: Any
) -> None:
    assets.answer = kit.Answer(headers=(("Connection", "close"),))
    tunnel, reply = open_tunnel("one")
    tunnel.start_tls(HOST)
    assert tunnel.request(GET).startswith(b"HTTP/1.1 200")
    assert tunnel.closed(seconds=5)
    line = proxy.log_of(reply)
    assert line["reason"] == "ok"
    # Sooner than silence would end it.
    assert line["duration_ms"] < 1_900


def test_task_when_it_drains_then_it_waits_for_tunnels(open_tunnel: Any, proxy: Any, volume: Path) -> None:
    tunnel, _ = open_tunnel("one")
    tunnel.start_tls(HOST)
    done: list[bool] = []
    admin = EnvoyAdmin(volume / "admin.sock")
    drained = threading.Thread(target=lambda: done.append(drain(envoy=admin, seconds=15, log=Log())))
    drained.start()
    for _ in range(8):
        drained.join(0.5)
        assert tunnel.request(GET).startswith(b"HTTP/1.1 200")
    assert drained.is_alive()
    tunnel.close()
    drained.join(15)
    assert done == [True]
