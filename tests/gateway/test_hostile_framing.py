"""Requests that try to be one to the gateway and two to whoever stands behind it; beside what test_bodies has.

Each is followed by a second request on its connection. A request is refused together with all that follows, or it and
the second are two, and Pictory gets what was judged, framed anew.
"""

from typing import Any

import pytest

from tests.gateway.wire import Wire, answers, exchange, request

pytestmark = pytest.mark.envoy

STORYBOARD = "/pictoryapis/v2/video/storyboard"
JOBS = "/pictoryapis/v1/jobs"
CHUNKED = (b"Transfer-Encoding: chunked",)
TWO_BYTES = (b"Content-Length: 2",)
BODY = b"2\r\n{}\r\n0\r\n\r\n"

REFUSED: dict[str, tuple[tuple[bytes, ...], bytes]] = {
    "chunks, then a length": ((*CHUNKED, b"Content-Length: 4"), BODY),
    "chunked in two headers": (CHUNKED * 2, BODY),
    "chunked, then identity, in two headers": ((*CHUNKED, b"Transfer-Encoding: identity"), BODY),
    "identity": ((b"Transfer-Encoding: identity", *TWO_BYTES), b"{}"),
    "identity, chunked": ((b"Transfer-Encoding: identity, chunked",), BODY),
    "gzip, chunked": ((b"Transfer-Encoding: gzip, chunked",), BODY),
    "chunked after a vertical tab": ((b"Transfer-Encoding: \x0bchunked",), BODY),
    "chunked with a parameter": ((b"Transfer-Encoding: chunked;q=1",), BODY),
    "chunked in quotes": ((b'Transfer-Encoding: "chunked"',), BODY),
    "chunked in two words": ((b"Transfer-Encoding: chun ked",), BODY),
    "chunked after a comma": ((b"Transfer-Encoding: ,chunked",), BODY),
    "coding empty": ((b"Transfer-Encoding:", *TWO_BYTES), b"{}"),
    "underscore in the name": ((b"Transfer_Encoding: chunked", *TWO_BYTES), b"{}"),
    "NUL in the name": ((b"Transfer-Encoding\0: chunked", *TWO_BYTES), b"{}"),
    "tab before the colon": ((b"Transfer-Encoding\t: chunked", *TWO_BYTES), b"{}"),
    "coding after a bare line feed, and a length": ((b"X: y\nTransfer-Encoding: chunked", *TWO_BYTES), b"{}"),
    "length negative": ((b"Content-Length: -1",), b"{}"),
    "length of two words": ((b"Content-Length: 2 2",), b"{}"),
    "length with a parameter": ((b"Content-Length: 2;a",), b"{}"),
    "length empty": ((b"Content-Length:",), b"{}"),
    "length with a fraction": ((b"Content-Length: 2.0",), b"{}"),
    "length with an exponent": ((b"Content-Length: 2e0",), b"{}"),
    "length beyond all": ((b"Content-Length: 99999999999999999999999",), b"{}"),
    "length that wraps around": ((b"Content-Length: 18446744073709551618",), b"{}"),
    "length in other digits": (("Content-Length: \u0662".encode(),), b"{}"),
    "length with a space before the colon": ((b"Content-Length : 2",), b"{}"),
    "two different lengths": ((b"Content-Length: 2", b"Content-Length: 3"), b"{}"),
    "chunk size with 0x": (CHUNKED, b"0x2\r\n{}\r\n0\r\n\r\n"),
    "chunk size negative": (CHUNKED, b"-2\r\n{}\r\n0\r\n\r\n"),
    "chunk size with a plus": (CHUNKED, b"+2\r\n{}\r\n0\r\n\r\n"),
    "chunk size after a space": (CHUNKED, b" 2\r\n{}\r\n0\r\n\r\n"),
    "chunk size empty": (CHUNKED, b"\r\n{}\r\n0\r\n\r\n"),
    "chunk size with an underscore": (CHUNKED, b"2_\r\n{}\r\n0\r\n\r\n"),
    "chunk size beyond all": (CHUNKED, b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
    "chunk size that wraps around": (CHUNKED, b"10000000000000002\r\n{}\r\n0\r\n\r\n"),
    "chunk lines end in line feeds": (CHUNKED, b"2\n{}\n0\n\n"),
    "chunk lines end in carriage returns": (CHUNKED, b"2\r{}\r\n0\r\n\r\n"),
    "chunk ends in a line feed": (CHUNKED, b"2\r\n{}\n0\r\n\r\n"),
    "chunk is longer than it says": (CHUNKED, b"2\r\n{}XX0\r\n\r\n"),
    "chunk extension ends in a line feed": (CHUNKED, b"2;a\n{}\r\n0\r\n\r\n"),
    "trailer is no header": (CHUNKED, b"2\r\n{}\r\n0\r\nX Y: a\r\n\r\n"),
    "line without a colon": ((b"Header", *TWO_BYTES), b"{}"),
    "name empty": ((b": x", *TWO_BYTES), b"{}"),
    "name of a pseudo-header": ((b":method: GET", *TWO_BYTES), b"{}"),
    "name with brackets": ((b"X(Y): z", *TWO_BYTES), b"{}"),
    "value with a control character": ((b"X: a\x01b", *TWO_BYTES), b"{}"),
    "upgrade to a socket": ((b"Connection: Upgrade", b"Upgrade: websocket", *TWO_BYTES), b"{}"),
}  # fmt: skip

TWO_REQUESTS: dict[str, tuple[tuple[bytes, ...], bytes]] = {
    "chunked in capitals": ((b"Transfer-Encoding: CHUNKED",), BODY),
    "chunked between tabs": ((b"Transfer-Encoding:\tchunked\t",), BODY),
    "chunked on a folded line": ((b"Transfer-Encoding:\r\n chunked",), BODY),
    "value on a folded line": ((b"X-A: b\r\n c", *TWO_BYTES), b"{}"),
    "length before a space": ((b"Content-Length: 2 ",), b"{}"),
    "chunk extension": (CHUNKED, b"2;a=b\r\n{}\r\n0\r\n\r\n"),
    "chunk extension with an open quote": (CHUNKED, b'2;a="\r\n{}\r\n0\r\n\r\n'),
    "chunk extension, long": (CHUNKED, b"2;" + b"a" * 60_000 + b"\r\n{}\r\n0\r\n\r\n"),
    "chunk size with zeros": (CHUNKED, b"0" * 500 + b"2\r\n{}\r\n0\r\n\r\n"),
    "chunk size before a space": (CHUNKED, b"2 \r\n{}\r\n0\r\n\r\n"),
    "trailers": (
        (*CHUNKED, b"Trailer: Authorization"),
        b"2\r\n{}\r\n0\r\nAuthorization: x\r\nContent-Length: 9\r\nX-Pictory-User-Id: u\r\n\r\n",
    ),
    "bare line feed between headers": ((b"X: y\nX2: z", *TWO_BYTES), b"{}"),
    "bare carriage return in a value": ((b"Accept: y\rX-Evil: z", *TWO_BYTES), b"{}"),
    "expectation of a go-ahead": ((b"Expect: 100-continue", *TWO_BYTES), b"{}"),
    "upgrade to HTTP/2": (
        (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk", *TWO_BYTES),
        b"{}",
    ),
}


def _write(token: str, headers: tuple[bytes, ...], body: bytes) -> bytes:
    json = b"Content-Type: application/json"
    return request("POST", STORYBOARD, token=token, headers=[json, *headers], body=body)


@pytest.mark.parametrize(("headers", "body"), REFUSED.values(), ids=REFUSED.keys())
def test_framing_when_not_to_the_letter_then_400_and_nothing_after_it_is_read(
    gateway: Any, token_key: Any, upstream: Any, headers: tuple[bytes, ...], body: bytes
) -> None:
    second = request("GET", JOBS, token=token_key.token())
    [reply] = exchange(gateway, _write(token_key.token("studio"), headers, body) + second)
    assert (reply.status, reply.code) == (400, "request_invalid")
    assert reply.headers["connection"] == "close"
    line = gateway.log_of(reply)
    assert (line["decision"], line["reason"]) == ("refuse", "request_invalid")
    assert not upstream.received


@pytest.mark.parametrize(("headers", "body"), TWO_REQUESTS.values(), ids=TWO_REQUESTS.keys())
def test_framing_when_odd_but_clear_then_two_requests_are_two_and_framed_anew(
    gateway: Any, token_key: Any, upstream: Any, headers: tuple[bytes, ...], body: bytes
) -> None:
    second = request("GET", JOBS, token=token_key.token())
    replies = exchange(gateway, _write(token_key.token("studio"), headers, body) + second, expected=2)
    assert [reply.status for reply in replies] == [200, 200]
    write, read = upstream.received
    assert (write.method, write.body, read.method, read.target) == ("POST", b"{}", "GET", JOBS)
    assert [int(value) for value in write.header("content-length")] == [2]
    for seen in (write, read):
        names = {name.lower() for name, _ in seen.headers}
        assert not names & {"transfer-encoding", "trailer", "upgrade", "connection", "expect", "x-evil", "x2"}
        assert seen.header("authorization") == ["pictai_0123456789abcdef"]


def test_length_when_it_begins_with_zero_then_400(gateway: Any, token_key: Any, upstream: Any) -> None:
    [reply] = exchange(gateway, _write(token_key.token("studio"), (b"Content-Length: 02",), b"{}"))
    assert (reply.status, reply.code) == (400, "request_invalid")
    assert gateway.log_of(reply)["reason"] == "request_invalid"
    assert not upstream.received


def test_body_when_longer_than_its_length_then_the_rest_is_a_request_of_its_own_and_judged(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    smuggled = request("DELETE", f"{JOBS}/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f/clean", token=None)
    replies = exchange(gateway, _write(token_key.token("studio"), TWO_BYTES, b"{}" + smuggled), expected=2)
    assert [reply.status for reply in replies] == [200, 401]
    assert replies[1].code == "credential_missing"
    assert [gateway.log_of(reply)["reason"] for reply in replies] == ["ok", "credential_missing"]
    assert [seen.method for seen in upstream.received] == ["POST"]


def test_length_when_hidden_on_a_folded_line_then_the_body_is_no_request(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    hidden = (b"X-A: b\r\n Content-Length: 2",)
    replies = exchange(gateway, _write(token_key.token("studio"), hidden, b"{}\r\n\r\n"), expected=2)
    assert [reply.status for reply in replies] == [200, 400]
    assert [gateway.log_of(reply)["reason"] for reply in replies] == ["ok", "request_invalid"]
    assert [seen.body for seen in upstream.received] == [b""]


def test_read_when_it_brings_a_request_as_its_body_then_that_is_not_carried_out(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    inner = request("GET", JOBS, token=token_key.token())
    length = b"Content-Length: %d" % len(inner)
    [reply] = exchange(gateway, request("GET", JOBS, token=token_key.token(), headers=[length], body=inner))
    assert (reply.status, reply.code) == (400, "body_unexpected")
    assert gateway.log_of(reply)["reason"] == "body_unexpected"
    assert not upstream.received


@pytest.mark.parametrize(
    ("clients", "statuses"),
    [
        (("reports", None), [200, 401]),
        ((None, "reports"), [401, 200]),
        (("reports", "single"), [200, 403]),
        (("single", "reports"), [403, 200]),
        (("reports", "reports", "reports"), [200, 200, 200]),
    ],
)
def test_requests_when_sent_together_then_each_is_judged_by_its_own_credential(
    gateway: Any, token_key: Any, upstream: Any, clients: tuple[str | None, ...], statuses: list[int]
) -> None:
    tokens = [token_key.token(client) if client else None for client in clients]
    sent = b"".join(request("GET", JOBS, token=token) for token in tokens)
    replies = exchange(gateway, sent, expected=len(clients))
    assert [reply.status for reply in replies] == statuses
    assert [gateway.log_of(reply)["client"] for reply in replies] == list(clients)
    assert len(upstream.received) == statuses.count(200)


def test_head_when_it_is_cut_into_single_bytes_then_it_is_one_request(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    data = _write(token_key.token("studio"), CHUNKED, BODY)
    [reply] = exchange(gateway, *(data[i : i + 1] for i in range(len(data))))
    assert reply.status == 200
    assert [seen.body for seen in upstream.received] == [b"{}"]


@pytest.mark.parametrize("version", [b"HTTP/1.2", b"HTTP/2.0", b"HTTP/0.9", b"http/1.1", b"HTTP/1.1x", b""])
def test_version_when_not_1_1_then_refused(
    gateway: Any, token_key: Any, upstream: Any, version: bytes
) -> None:
    data = request("GET", JOBS, token=token_key.token()).replace(b"HTTP/1.1", version, 1)
    [reply] = exchange(gateway, data)
    assert (reply.status, reply.code) in {(426, "http_version_unsupported"), (400, "request_invalid")}
    line = gateway.log_of(reply)
    assert (line["decision"], line["reason"]) == ("refuse", reply.code)
    assert not upstream.received


@pytest.mark.parametrize(
    ("client", "code"),
    [("studio", None), ("reports", "operation_not_granted"), (None, "credential_missing")],
)
def test_caller_when_it_waits_for_a_go_ahead_then_it_comes_from_the_gateway_and_only_where_the_call_may_go_on(
    gateway: Any, token_key: Any, upstream: Any, client: str | None, code: str | None
) -> None:
    headers = (b"Expect: 100-continue", *TWO_BYTES)
    head = _write(token_key.token(client) if client else "x", headers, b"")
    if client is None:
        head = head.replace(b"Authorization: x\r\n", b"")
    with Wire(gateway) as wire:
        wire.send(head)
        first = wire.read()
        if code is None:
            assert first == b"HTTP/1.1 100 Continue\r\n\r\n"
            assert not upstream.received, "nothing leaves before the body was seen"
            wire.send(b"{}")
            first = wire.rest(expected=1)[0]
        [reply] = answers(first.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n"))
    if code is None:
        assert reply.status == 200
        assert [(seen.body, seen.header("expect")) for seen in upstream.received] == [(b"{}", [])]
    else:
        assert reply.code == code
        assert not upstream.received
    assert gateway.log_of(reply)["reason"] == (code or "ok")
