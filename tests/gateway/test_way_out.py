"""The way to Pictory: which addresses, which certificates, and what happens when it fails."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.api import Catalog, Operation
from pictory_egress.gateway.envoy.headers import TRY_AGAIN_HEADER
from pictory_egress.gateway.settings import Client
from tests.gateway.running import way_out

pytestmark = pytest.mark.envoy

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
STORYBOARD = "/pictoryapis/v2/video/storyboard"
JSON = [("Content-Type", "application/json")]


@pytest.fixture(scope="module")
def outgoing(
    kit: Any, authority: Any, token_key: Any, volume: Path, upstream: Any, resolver: Any
) -> Iterator[Any]:
    """A gateway for which 127.0.0.1 alone counts as public."""
    keys = kit.KeyServer(volume / "sidecar.sock", [token_key.jwk])
    settings = kit.gateway_settings(upstream=way_out(upstream.port, resolver))
    clients = [Client(name="reports", permissions=("jobs.read", "storyboards.write"))]
    running = kit.Gateway(directory=volume, settings=settings, clients=clients, authority=authority)
    yield running
    running.close()
    keys.close()


@pytest.fixture
def resolved(outgoing: Any, resolver: Any, kit: Any) -> Iterator[Callable[..., None]]:
    """Sets what Pictory's name resolves to, and waits until the gateway has seen it."""

    def seen() -> set[str]:
        # Each address is an endpoint of its own: membership tells that an answer was taken in.
        status, text = outgoing.admin(
            "GET", "/stats?filter=^cluster[.]pictory[.](update_success|membership_total)$"
        )
        assert status == 200
        return set(text.splitlines())

    def resolve(*addresses: str) -> None:
        resolver.addresses[:] = addresses
        before = updates(seen())
        wanted = f"cluster.pictory.membership_total: {len(addresses)}"
        kit.eventually(
            lambda: updates(now := seen()) >= before + 2 and wanted in now, what=f"{addresses} resolved"
        )

    yield resolve
    resolve("127.0.0.1")


def updates(stats: set[str]) -> int:
    return next(int(line.split(": ")[1]) for line in stats if "update_success" in line)


@pytest.mark.slow
def test_address_when_not_public_then_refused_wherever_it_stands_in_the_answer(
    outgoing: Any, resolved: Any, token_key: Any, upstream: Any, kit: Any, authority: Any, volume: Path
) -> None:
    # A second server that would answer: only the address tells it apart.
    inner = kit.Upstream()
    server = kit.serve_pictory(
        inner, certificate=authority.issue(kit.host, volume), address="127.0.0.2", port=upstream.port
    )
    try:
        for addresses in (["127.0.0.2"], ["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "127.0.0.1"]):
            resolved(*addresses)
            upstream.reset()
            replies = [outgoing.call("POST", STORYBOARD, credential=token_key.token()) for _ in range(8)]
            refused = [reply for reply in replies if reply.status != 200]
            assert refused
            assert {(reply.status, reply.code) for reply in refused} == {(502, "upstream_address_refused")}
            assert outgoing.log_of(refused[0])["reason"] == "upstream_address_refused"
            assert len(upstream.received) == len(replies) - len(refused)
        assert not inner.received
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pictory_when_it_fails_once_then_only_a_read_is_sent_again(
    outgoing: Any, token_key: Any, upstream: Any, kit: Any, method: str
) -> None:
    def fail_first(handler: Any) -> None:
        if len(upstream.received) == 1:
            handler.connection.shutdown(socket.SHUT_RDWR)
            raise ConnectionResetError

    upstream.answer = kit.Answer(before=fail_first)
    target = JOB if method == "GET" else STORYBOARD
    reply = outgoing.call(method, target, credential=token_key.token())
    line = outgoing.log_of(reply)
    if method == "GET":
        assert (reply.status, len(upstream.received), line["attempts"]) == (200, 2, 2)
    else:
        assert (reply.status, reply.code) == (502, "upstream_failed")
        assert (len(upstream.received), line["attempts"]) == (1, 1)
        assert (line["decision"], line["reason"]) == ("allow", "upstream_failed")


def test_pictory_when_it_answers_503_then_the_read_is_tried_twice_and_the_answer_passed_on(
    outgoing: Any, token_key: Any, upstream: Any, kit: Any
) -> None:
    upstream.answer = kit.Answer(status=503, body=b'{"message":"later"}')
    reply = outgoing.call("GET", JOB, credential=token_key.token())
    assert (reply.status, reply.body) == (503, b'{"message":"later"}')
    assert TRY_AGAIN_HEADER not in reply.headers
    line = outgoing.log_of(reply)
    assert (line["reason"], line["attempts"], len(upstream.received)) == ("ok", 2, 2)
    upstream.received.clear()
    assert outgoing.call("POST", STORYBOARD, credential=token_key.token()).status == 503
    assert len(upstream.received) == 1


@pytest.mark.parametrize("when", ["7", "120", "Wed, 21 Oct 2026 07:28:00 GMT"])
@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pictory_when_it_says_when_to_come_back_then_the_caller_is_told_and_nobody_comes_earlier(
    outgoing: Any, token_key: Any, upstream: Any, kit: Any, method: str, status: int, when: str
) -> None:
    answer = (("Content-Type", "application/json"), ("Retry-After", when))
    upstream.answer = kit.Answer(status=status, headers=answer, body=b'{"message":"slow down"}')
    target = JOB if method == "GET" else STORYBOARD
    reply = outgoing.call(method, target, credential=token_key.token())
    assert (reply.status, reply.body) == (status, b'{"message":"slow down"}')
    assert reply.headers["retry-after"] == when
    line = outgoing.log_of(reply)
    assert (line["attempts"], len(upstream.received)) == (1, 1)
    assert (line["decision"], line["reason"], line["upstream_status"]) == ("allow", "ok", status)


def test_pictory_when_it_answers_errors_then_its_address_stays_in_use(
    outgoing: Any, token_key: Any, upstream: Any, kit: Any
) -> None:
    upstream.answer = kit.Answer(status=500)
    token = token_key.token()
    statuses = [outgoing.call("POST", STORYBOARD, credential=token).status for _ in range(12)]
    assert (set(statuses), len(upstream.received)) == ({500}, 12)
    figures = outgoing.admin(
        "GET", "/stats?filter=^cluster[.]pictory[.]outlier_detection[.]ejections_active$"
    )
    assert figures[1].split() == ["cluster.pictory.outlier_detection.ejections_active:", "0"]


def _gateway_to(kit: Any, authority: Any, volume: Path, *, port: int, resolver: Any) -> Any:
    settings = kit.gateway_settings(upstream=way_out(port, resolver))
    clients = [Client(name="reports", permissions=("jobs.read", "storyboards.write"))]
    return kit.Gateway(directory=volume, settings=settings, clients=clients, authority=authority)


WRONG_SERVERS = {
    "another name": lambda kit, authority: (authority, "api.pictory.ai.evil.example", None),
    "a development name": lambda kit, authority: (authority, "dev-api.pictory.ai", None),
    "another authority": lambda kit, _: (kit.Authority(), kit.host, None),
    "old TLS": lambda kit, authority: (authority, kit.host, ssl.TLSVersion.TLSv1_1),
}


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("make", WRONG_SERVERS.values(), ids=WRONG_SERVERS.keys())
def test_server_when_it_is_not_pictory_then_no_request_reaches_it(
    outgoing: Any,
    kit: Any,
    authority: Any,
    token_key: Any,
    volume: Path,
    resolver: Any,
    tmp_path: Path,
    make: Any,
) -> None:
    signer, host, newest = make(kit, authority)
    wrong = kit.Upstream()
    server = kit.serve_pictory(wrong, certificate=signer.issue(host, tmp_path), address="127.0.0.1")
    if newest:
        server.context.minimum_version = ssl.TLSVersion.TLSv1
        server.context.maximum_version = newest
        server.context.set_ciphers("ALL:@SECLEVEL=0")
    # Beside the module's gateway, in a directory of its own; the keys' socket is shared.
    directory = volume / f"wrong-{host[:6]}-{bool(newest)}-{signer is authority}"
    directory.mkdir()
    (directory / "sidecar.sock").symlink_to(volume / "sidecar.sock")
    gateway = _gateway_to(kit, authority, directory, port=wrong.port, resolver=resolver)
    try:
        reply = gateway.call("POST", STORYBOARD, credential=token_key.token())
        assert (reply.status, reply.code) == (503, "upstream_unavailable")
        line = gateway.log_of(reply)
        assert (line["decision"], line["reason"]) == ("allow", "upstream_unavailable")
        assert "TLS" in line["details"]
        assert not wrong.received
    finally:
        gateway.close()
        server.shutdown()
        server.server_close()


def test_pictory_when_it_never_answers_then_504_in_the_operations_time(
    kit: Any, authority: Any, token_key: Any, volume: Path, upstream: Any, resolver: Any, outgoing: Any
) -> None:
    quick = Operation(
        id="quick.get",
        method="GET",
        path="/v1/quick",
        permission="quick.read",
        timeout_seconds=1,
        retry_safe=True,
    )
    directory = volume / "timeout"
    directory.mkdir()
    (directory / "sidecar.sock").symlink_to(volume / "sidecar.sock")
    settings = kit.gateway_settings(upstream=way_out(upstream.port, resolver))
    gateway = kit.Gateway(
        directory=directory,
        settings=settings,
        clients=[Client(name="reports", permissions=("quick.read",))],
        authority=authority,
        catalog=Catalog.with_additions([quick]),
    )
    release = threading.Event()
    upstream.answer = kit.Answer(before=lambda _: release.wait(15))
    try:
        reply = gateway.call("GET", "/pictoryapis/v1/quick", credential=token_key.token())
        assert (reply.status, reply.code) == (504, "upstream_timeout")
        line = gateway.log_of(reply)
        assert (line["operation"], line["decision"], line["upstream_status"]) == ("quick.get", "allow", 0)
        assert (line["reason"], line["attempts"], len(upstream.received)) == ("upstream_timeout", 1, 1)
    finally:
        release.set()
        gateway.close()
