"""How many calls of one client are under way at once: over all threads of a task, until each has ended in any way."""

import contextlib
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.gateway.settings import Client
from tests.gateway.running import way_out
from tests.gateway.wire import request

pytestmark = pytest.mark.envoy

AT_ONCE = 6
LEAST_TASKS = 2
SHARE = AT_ONCE // LEAST_TASKS
QUOTA = "/pictoryapis/v1/quota"
STORYBOARD = "/pictoryapis/v2/video/storyboard"
HOST = "video.pictory.ai"
CLIENTS = [
    Client(
        name=name,
        permissions=("account.read", "storyboards.write", "assets.connect"),
        max_concurrent=AT_ONCE,
        # These tests ask again and again until a place is free: on a busy machine more often than the default allows.
        rate_per_minute=1_000_000,
    )
    for name in ("held", "other")
]
WORKERS = 2
ENOUGH_TO_MEET_BOTH = 12
"""Connections after which one of two workers was met by none in one of 2,048 runs."""


def adapts_at_once(document: dict[str, Any]) -> None:
    """Lets the limits be worked out anew each tenth of a second, to see that they stay what they are."""

    def find(value: Any) -> None:
        if isinstance(value, dict):
            if limits := value.get("concurrency_limit_params"):
                limits["concurrency_update_interval"] = "0.1s"
            for inner in value.values():
                find(inner)
        elif isinstance(value, list):
            for inner in value:
                find(inner)

    find(document)


@pytest.fixture(scope="module")
def gateways(kit: Any, authority: Any, token_key: Any, upstream: Any, resolver: Any) -> Iterator[list[Any]]:
    """As many tasks as there are at least, with two threads each."""
    settings = kit.gateway_settings(
        min_tasks=LEAST_TASKS,
        connect={"domain": "proxy.example.com", "max_tunnels": 4},
        upstream=way_out(upstream.port, resolver),
    )
    with contextlib.ExitStack() as stack:
        running = []
        for _ in range(LEAST_TASKS):
            directory = Path(tempfile.mkdtemp(prefix="gw-"))
            stack.callback(shutil.rmtree, directory, ignore_errors=True)
            authority.issue(HOST, directory)
            keys = kit.KeyServer(directory / "sidecar.sock", [token_key.jwk])
            stack.callback(keys.close)
            gateway = kit.Gateway(
                directory=directory, settings=settings, clients=CLIENTS, authority=authority,
                edit=adapts_at_once, workers=WORKERS,
            )  # fmt: skip
            stack.callback(gateway.close)
            running.append(gateway)
        yield running


@pytest.fixture
def hold(token_key: Any) -> Iterator[Callable[..., Any]]:
    """Starts a call whose body never ends; its socket is given back."""
    held = []

    def start(gateway: Any, client: str = "held") -> Any:
        plain = socket.create_connection(("127.0.0.1", gateway.port), timeout=15)
        secure = gateway.context().wrap_socket(plain, server_hostname="gateway.example.com")
        held.append(secure)
        call = request(
            "POST", STORYBOARD, token=token_key.token(client),
            headers=[b"Content-Type: application/json", b"Content-Length: 9"], body=b"{",
        )  # fmt: skip
        secure.sendall(call)
        return secure

    yield start
    for one in held:
        one.close()


def refused(gateway: Any, token: str) -> bool:
    reply = gateway.call("GET", QUOTA, credential=token)
    if reply.status == 200:
        return False
    assert (reply.status, reply.code) == (429, "concurrency_limited")
    return True


@pytest.fixture
def filled(gateways: list[Any], hold: Any, token_key: Any, kit: Any) -> list[Any]:
    """The calls of a client that has all the calls under way at the first task that it may."""
    calls = [hold(gateways[0]) for _ in range(SHARE)]
    kit.eventually(lambda: refused(gateways[0], token_key.token("held")), what="all is taken")
    return calls


@pytest.mark.usefixtures("filled")
def test_call_when_its_client_has_all_it_may_under_way_then_is_refused_by_every_thread_and_goes_nowhere(
    gateways: list[Any], token_key: Any, upstream: Any
) -> None:
    upstream.reset()
    for _ in range(ENOUGH_TO_MEET_BOTH):
        reply = gateways[0].call("GET", QUOTA, credential=token_key.token("held"))
        assert (reply.status, reply.code) == (429, "concurrency_limited")
        assert reply.headers["retry-after"] == "10"
    line = gateways[0].log_of(reply)
    assert (line["client"], line["decision"], line["reason"]) == ("held", "refuse", "concurrency_limited")
    assert upstream.received == []


@pytest.mark.usefixtures("filled")
def test_call_when_another_client_has_all_it_may_under_way_then_is_served(
    gateways: list[Any], token_key: Any
) -> None:
    assert gateways[0].call("GET", QUOTA, credential=token_key.token("other")).status == 200


@pytest.mark.usefixtures("filled")
def test_tasks_when_the_least_number_runs_then_together_they_let_as_much_be_under_way_as_the_client_may(
    gateways: list[Any], hold: Any, token_key: Any, kit: Any
) -> None:
    for _ in range(AT_ONCE - SHARE - 1):
        hold(gateways[1])
    assert not refused(gateways[1], token_key.token("held"))
    hold(gateways[1])
    kit.eventually(lambda: refused(gateways[1], token_key.token("held")), what="the other task is full too")


def leaves(call: Any) -> None:
    call.close()


def ends(call: Any) -> None:
    call.sendall(b'"a":12}\n')
    assert b"200 OK" in call.recv(4096)


def is_refused(call: Any) -> None:
    call.sendall(b"neither")
    call.sendall(b"!")
    assert b"400 Bad Request" in call.recv(4096)


@pytest.mark.parametrize("end", [leaves, ends, is_refused])
def test_call_when_one_before_it_has_ended_in_any_way_then_has_its_place(
    end: Any, filled: list[Any], gateways: list[Any], token_key: Any, kit: Any
) -> None:
    end(filled[0])
    kit.eventually(lambda: not refused(gateways[0], token_key.token("held")), what="a place is free")


def test_limit_when_calls_came_and_went_then_is_what_it_was(
    gateways: list[Any], hold: Any, token_key: Any, kit: Any
) -> None:
    for number in range(25):
        assert not refused(gateways[0], token_key.token("held"))
        hold(gateways[0]).close()
        if number % 2:
            gateways[0].call("GET", "/no/such/operation", credential=token_key.token("held"))
    for _ in range(SHARE - 1):
        hold(gateways[0])
    kit.eventually(
        lambda: not refused(gateways[0], token_key.token("held")), what="all places are given back"
    )
    hold(gateways[0])
    kit.eventually(
        lambda: refused(gateways[0], token_key.token("held")), what="there are no more than before"
    )


def test_tunnel_when_its_client_has_all_it_may_open_then_is_refused_until_one_ends(
    gateways: list[Any], token_key: Any, kit: Any
) -> None:
    credential = f"Bearer {token_key.token('held')}"
    gateways[0].wait_for_tunnels()
    with contextlib.ExitStack() as stack:

        def ask() -> tuple[int, Any]:
            tunnel = kit.Tunnel(gateways[0])
            stack.callback(tunnel.close)
            return tunnel.ask(f"{HOST}:443", credential), tunnel

        (first, tunnel), (second, _) = ask(), ask()
        assert (first.status, second.status) == (200, 200)
        third, _ = ask()
        assert (third.status, third.code) == (429, "concurrency_limited")
        tunnel.close()
        kit.eventually(lambda: ask()[0].status == 200, what="another tunnel is opened")
