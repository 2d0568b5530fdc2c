"""A Pictory, or somebody on the way to it, that breaks off, floods, lies about lengths, or says too much."""

import http.client
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.api import Catalog, Operation
from pictory_egress.gateway.settings import Client
from tests.gateway.raw_upstream import Peer, RawUpstream
from tests.gateway.running import way_out
from tests.gateway.wire import Wire, request

pytestmark = pytest.mark.envoy

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
STORYBOARD = "/pictoryapis/v2/video/storyboard"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WHOLE = HEAD + b"Content-Length: 2\r\n\r\n{}"
LARGE = b'{"scenes":"' + b"s" * 900_000 + b'"}'
JSON = [("Content-Type", "application/json")]
QUICK = "/pictoryapis/v1/quick"
"""Read and written, with a second for either."""


@pytest.fixture(scope="module")
def raw(authority: Any, kit: Any, volume: Path) -> Iterator[RawUpstream]:
    server = RawUpstream(authority.issue(kit.host, volume))
    yield server
    server.close()


def _quick(method: str) -> Operation:
    return Operation(
        id=f"quick.{method.lower()}", method=method, path="/v1/quick", permission="quick.call", timeout_seconds=1,
        retry_safe=method == "GET",
    )  # fmt: skip


@pytest.fixture(scope="module")
def to_raw(
    raw: RawUpstream, kit: Any, authority: Any, token_key: Any, volume: Path, resolver: Any
) -> Iterator[Any]:
    keys = kit.KeyServer(volume / "sidecar.sock", [token_key.jwk])
    upstream = way_out(raw.port, resolver)

    def no_ejection(document: dict[str, Any]) -> None:
        # Its only address is broken on purpose, often: it must stay in use from test to test.
        for cluster in document["static_resources"]["clusters"]:
            cluster.pop("outlier_detection", None)

    running = kit.Gateway(
        directory=volume,
        settings=kit.gateway_settings(min_tasks=1, upstream=upstream),
        clients=[Client(name="reports", permissions=("jobs.read", "storyboards.write", "quick.call"))],
        authority=authority,
        catalog=Catalog.with_additions([_quick("GET"), _quick("POST")]),
        edit=no_ejection,
    )
    yield running
    running.close()
    keys.close()


def _fresh_counts(raw: RawUpstream) -> None:
    raw.requests.clear()
    raw.connections = 0


@pytest.fixture(autouse=True)
def _fresh(raw: RawUpstream) -> None:
    _fresh_counts(raw)


BEFORE_THE_REQUEST = {
    "at once": Peer.reset,
    "closed at once": Peer.close,
    "after the handshake": lambda peer: peer.handshake().reset(),
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("script", BEFORE_THE_REQUEST.values(), ids=BEFORE_THE_REQUEST.keys())
def test_connection_when_broken_before_the_request_was_read_then_a_named_refusal(
    to_raw: Any, raw: RawUpstream, token_key: Any, script: Any, method: str
) -> None:
    raw.script = script
    reply = to_raw.call(method, JOB if method == "GET" else STORYBOARD, credential=token_key.token())
    assert (reply.status, reply.code) in {(503, "upstream_unavailable"), (502, "upstream_failed")}
    line = to_raw.log_of(reply)
    assert (line["decision"], line["reason"], line["upstream_status"]) == ("allow", reply.code, 0)
    # Nothing of it had arrived: a write may be tried once more, and is nowhere when it is not.
    assert line["attempts"] == raw.connections
    assert 1 <= raw.connections <= 2
    assert not raw.requests


AFTER_THE_REQUEST = {
    "before an answer": (),
    "within the status line": (b"HTTP/1.1 2",),
    "within the headers": (HEAD + b"Content-Le",),
}


@pytest.mark.parametrize("end", [Peer.reset, Peer.close], ids=["reset", "closed"])
@pytest.mark.parametrize("parts", AFTER_THE_REQUEST.values(), ids=AFTER_THE_REQUEST.keys())
def test_connection_when_broken_after_a_write_then_502_and_it_is_not_sent_again(
    to_raw: Any, raw: RawUpstream, token_key: Any, parts: tuple[bytes, ...], end: Any
) -> None:
    raw.script = raw.answer(*parts, then=end)
    reply = to_raw.call("POST", STORYBOARD, credential=token_key.token())
    assert (reply.status, reply.code) == (502, "upstream_failed")
    line = to_raw.log_of(reply)
    assert (line["decision"], line["reason"], line["attempts"]) == ("allow", "upstream_failed", 1)
    assert (len(raw.requests), raw.connections) == (1, 1)


@pytest.mark.parametrize("end", [Peer.reset, Peer.close], ids=["reset", "closed"])
def test_connection_when_broken_within_a_write_then_502_and_it_is_not_sent_again(
    to_raw: Any, raw: RawUpstream, token_key: Any, end: Any
) -> None:
    def script(peer: Peer) -> None:
        raw.requests.append(peer.handshake().some())
        end(peer)

    raw.script = script
    reply = to_raw.call("POST", STORYBOARD, credential=token_key.token(), headers=JSON, body=LARGE)
    assert (reply.status, reply.code) == (502, "upstream_failed")
    line = to_raw.log_of(reply)
    assert (line["decision"], line["reason"], line["attempts"]) == ("allow", "upstream_failed", 1)
    assert (len(raw.requests), raw.connections) == (1, 1)
    assert raw.requests[0].startswith(b"POST ")


@pytest.mark.parametrize("end", [Peer.reset, Peer.close], ids=["reset", "closed"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_connection_when_kept_and_broken_at_the_next_request_then_only_a_read_is_sent_again(
    to_raw: Any, raw: RawUpstream, token_key: Any, method: str, end: Any
) -> None:
    def once(peer: Peer) -> None:
        peer.handshake()
        for number, _ in enumerate(iter(peer.request, b"")):
            raw.requests.append(b"")
            if number:
                end(peer)
                return
            peer.send(WHOLE)

    token, target = token_key.token(), JOB if method == "GET" else STORYBOARD
    # What another test has left open is used up.
    raw.script = raw.answer(WHOLE)
    assert to_raw.call("GET", JOB, credential=token).status == 200
    _fresh_counts(raw)
    raw.script = once
    assert to_raw.call("GET", JOB, credential=token).status == 200
    reply = to_raw.call(method, target, credential=token)
    line = to_raw.log_of(reply)
    if method == "GET":
        # On a connection of its own, where it is the first.
        assert (reply.status, line["attempts"], len(raw.requests), raw.connections) == (200, 2, 3, 2)
    else:
        assert (reply.status, reply.code) == (502, "upstream_failed")
        assert (line["reason"], line["attempts"], len(raw.requests)) == ("upstream_failed", 1, 2)


@pytest.mark.parametrize("parts", AFTER_THE_REQUEST.values(), ids=AFTER_THE_REQUEST.keys())
def test_connection_when_broken_after_a_read_then_it_is_tried_twice_and_no_more(
    to_raw: Any, raw: RawUpstream, token_key: Any, parts: tuple[bytes, ...]
) -> None:
    raw.script = raw.answer(*parts, then=Peer.reset)
    reply = to_raw.call("GET", JOB, credential=token_key.token())
    assert (reply.status, reply.code) == (502, "upstream_failed")
    line = to_raw.log_of(reply)
    assert (line["reason"], line["attempts"], len(raw.requests)) == ("upstream_failed", 2, 2)


CUT = {
    "before the body": HEAD + b"Content-Length: 10\r\n\r\n",
    "within the body": HEAD + b"Content-Length: 10\r\n\r\n{",
    "within a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
    "between chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("data", CUT.values(), ids=CUT.keys())
def test_answer_when_cut_off_then_the_caller_can_tell_and_it_is_not_asked_for_again(
    to_raw: Any, raw: RawUpstream, token_key: Any, data: bytes, kit: Any, method: str
) -> None:
    raw.script = raw.answer(data, then=Peer.reset)
    before = len(to_raw.log())
    with pytest.raises((http.client.IncompleteRead, OSError)):
        to_raw.call(method, JOB if method == "GET" else STORYBOARD, credential=token_key.token())
    line = kit.eventually(lambda: to_raw.log()[before:], what="a log line")[0]
    assert (line["decision"], line["upstream_status"] in (0, 200)) == ("allow", True)
    assert line["attempts"] == 1
    assert line["details"].startswith("upstream_reset_after_response_started")
    assert len(raw.requests) == 1


MALFORMED = {
    "no HTTP": b"220 mail ready\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "length and chunks": HEAD
    + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "unknown coding": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n{}",
    "length negative": HEAD + b"Content-Length: -1\r\n\r\n{}",
    "NUL in a header": HEAD + b"Retry-After: 1\x002\r\nContent-Length: 2\r\n\r\n{}",
    "too many headers": HEAD + b"A: b\r\n" * 200 + b"Content-Length: 2\r\n\r\n{}",
    "headers too large": HEAD + b"A: " + b"b" * 200_000 + b"\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_answer_when_malformed_then_502_and_nothing_of_it_comes_through(
    to_raw: Any, raw: RawUpstream, token_key: Any, data: bytes
) -> None:
    raw.script = raw.answer(data)
    reply = to_raw.call("POST", STORYBOARD, credential=token_key.token())
    assert (reply.status, reply.code) == (502, "upstream_failed")
    assert to_raw.log_of(reply)["reason"] == "upstream_failed"
    assert len(raw.requests) == 1


@pytest.mark.parametrize("times", [1, 2_000])
@pytest.mark.parametrize(
    "interim", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"]
)
def test_interim_answers_when_they_come_then_the_caller_gets_the_final_one(
    to_raw: Any, raw: RawUpstream, token_key: Any, interim: bytes, times: int
) -> None:
    raw.script = raw.answer(interim * times + WHOLE)
    reply = to_raw.call("POST", STORYBOARD, credential=token_key.token())
    assert (reply.status, reply.body) == (200, b"{}")
    assert "link" not in reply.headers
    line = to_raw.log_of(reply)
    assert (line["reason"], line["status"], line["attempts"], len(raw.requests)) == ("ok", 200, 1, 1)


ENDLESS = {
    "nothing": ("POST", b"", b""),
    "go-aheads": ("GET", b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50),
    "early hints": ("POST", b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 50),
    "a status line": ("POST", b"", b"H"),
    "headers": ("GET", HEAD + b"Vary: ", b"a"),
    "a body": ("POST", HEAD + b"Content-Length: 1000000\r\n\r\n", b"x"),
    "chunks": ("GET", HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
}


@pytest.mark.parametrize(("method", "first", "then"), ENDLESS.values(), ids=ENDLESS.keys())
def test_answer_when_it_never_ends_then_the_operations_time_does(
    to_raw: Any, raw: RawUpstream, token_key: Any, kit: Any, method: str, first: bytes, then: bytes
) -> None:
    def script(peer: Peer) -> None:
        raw.requests.append(peer.handshake().request())
        peer.send(first)
        # Beyond the operation's time, and not for ever: where nothing is sent, no closed connection ends this.
        until = time.monotonic() + 10
        while time.monotonic() < until:
            peer.send(then)
            time.sleep(0.01)

    def lines() -> list[dict[str, Any]]:
        return [line for line in to_raw.log() if line["operation"] == f"quick.{method.lower()}"]

    raw.script = script
    before, begun = len(lines()), time.monotonic()
    try:
        reply = to_raw.call(method, QUICK, credential=token_key.token())
    except (http.client.IncompleteRead, OSError):
        assert b"\r\n\r\n" in first, "an answer had begun"
    else:
        assert reply.code in ("upstream_timeout", "upstream_failed")
    assert time.monotonic() - begun < 4
    [line] = kit.eventually(lambda: lines()[before:], what="a log line")
    assert (line["decision"], line["attempts"], len(raw.requests)) == ("allow", 1, 1)
    if b"\r\n\r\n" not in first:
        assert line["reason"] == reply.code


def test_answer_when_it_has_trailers_and_a_hop_by_hop_list_then_the_caller_sees_neither(
    to_raw: Any, raw: RawUpstream, token_key: Any
) -> None:
    hop = b"Connection: X-Secret, Retry-After\r\nX-Secret: a\r\nKeep-Alive: timeout=5\r\nTrailer: X-Late\r\n"
    chunks = b"2\r\n{}\r\n0\r\nX-Late: b\r\nAuthorization: pictai_c\r\n\r\n"
    raw.script = raw.answer(HEAD + hop + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    with Wire(to_raw) as wire:
        wire.send(request("GET", JOB, token=token_key.token()))
        data, _ = wire.rest(expected=1)
    assert b"{}" in data
    for private in (b"x-secret", b"keep-alive", b"x-late", b"trailer:", b"pictai", b"timeout=5"):
        assert private not in data.lower()


def test_connection_when_made_then_it_asks_for_pictory_by_name(
    to_raw: Any, raw: RawUpstream, token_key: Any, kit: Any
) -> None:
    raw.script = raw.answer(WHOLE)
    assert to_raw.call("GET", JOB, credential=token_key.token()).status == 200
    assert raw.names == {kit.host}


def test_answer_when_a_second_follows_unasked_then_the_next_call_does_not_get_it(
    to_raw: Any, raw: RawUpstream, token_key: Any
) -> None:
    planted = HEAD + b"Content-Length: 7\r\n\r\nplanted"
    raw.script = raw.answer(WHOLE + planted, then=lambda _: None)
    token = token_key.token()
    assert to_raw.call("GET", JOB, credential=token).body == b"{}"
    raw.script = raw.answer(WHOLE)
    assert [to_raw.call("GET", JOB, credential=token).body for _ in range(3)] == [b"{}"] * 3


def test_answer_when_it_switches_protocols_unasked_then_nothing_that_follows_comes_through(
    to_raw: Any, raw: RawUpstream, token_key: Any
) -> None:
    switch = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nplanted"
    raw.script = raw.answer(switch, then=lambda _: None)
    reply = to_raw.call("POST", STORYBOARD, credential=token_key.token())
    # Envoy passes the status on; that of an upgrade which nobody asked for is all that the caller sees.
    assert (reply.status, reply.body) == (101, b"")
    assert not {"upgrade", "connection"} & set(reply.headers)
    raw.script = raw.answer(WHOLE)
    assert to_raw.call("GET", JOB, credential=token_key.token()).body == b"{}"
