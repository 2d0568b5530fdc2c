"""Bodies: how large, of which type, and where none belongs."""

import gzip
import json
from typing import Any

import pytest

pytestmark = pytest.mark.envoy

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
STORYBOARD = "/pictoryapis/v2/video/storyboard"
UPLOAD = "/pictoryapis/v1/media/generateurl"
TEMPLATE = "/pictoryapis/v1/templates"
JSON = [("Content-Type", "application/json")]
MEBIBYTE = 1024 * 1024


def document(length: int) -> bytes:
    """A JSON object of ``length`` bytes."""
    return b'{"story":"' + b"x" * (length - 12) + b'"}'


sent_both_ways = pytest.mark.parametrize("chunked", [False, True], ids=["plain", "chunked"])


@sent_both_ways
@pytest.mark.parametrize(("target", "limit"), [(STORYBOARD, MEBIBYTE), (UPLOAD, 16 * 1024)])
def test_body_when_at_the_limit_then_it_goes_out_whole_and_one_byte_more_is_413(
    gateway: Any, token_key: Any, upstream: Any, target: str, limit: int, chunked: bool
) -> None:
    token = token_key.token("studio")
    body = document(limit)
    allowed = gateway.call("POST", target, credential=token, headers=JSON, body=body, chunked=chunked)
    assert allowed.status == 200
    assert [seen.body for seen in upstream.received] == [body]
    refused = gateway.call(
        "POST", target, credential=token, headers=JSON, body=document(limit + 1), chunked=chunked
    )
    assert (refused.status, refused.code) == (413, "body_too_large")
    assert gateway.log_of(refused)["reason"] == "body_too_large"
    assert len(upstream.received) == 1


@sent_both_ways
@pytest.mark.parametrize(
    "content_type",
    [
        None, "text/plain", "application/xml", "application/jsonp", "multipart/form-data",
        "application/json; charset=utf-16",
    ],
)  # fmt: skip
def test_body_when_of_another_type_then_415(
    gateway: Any, token_key: Any, upstream: Any, content_type: str | None, chunked: bool
) -> None:
    headers = [("Content-Type", content_type)] if content_type else []
    reply = gateway.call(
        "POST",
        STORYBOARD,
        credential=token_key.token("studio"),
        headers=headers,
        body=b"{}",
        chunked=chunked,
    )
    assert (reply.status, reply.code) == (415, "content_type_unsupported")
    assert "Content-Type: application/json." in json.loads(reply.body)["message"]
    assert not upstream.received


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json", "Application/JSON", "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
    ],
)  # fmt: skip
def test_body_when_of_the_operations_type_then_it_goes_out(
    gateway: Any, token_key: Any, upstream: Any, content_type: str
) -> None:
    reply = gateway.call(
        "POST",
        STORYBOARD,
        credential=token_key.token("studio"),
        headers=[("Content-Type", content_type)],
        body=b"{}",
    )
    assert reply.status == 200
    assert upstream.received[0].header("content-type") == [content_type]


@pytest.mark.parametrize("coding", ["gzip", "br", "GZIP", "gzip, identity", "deflate", "x"])
def test_body_when_it_is_compressed_then_415_says_to_send_it_plain(
    gateway: Any, token_key: Any, upstream: Any, coding: str
) -> None:
    headers = [*JSON, ("Content-Encoding", coding)]
    for body in (gzip.compress(b"{}"), b"{}"):
        reply = gateway.call(
            "POST", STORYBOARD, credential=token_key.token("studio"), headers=headers, body=body
        )
        assert (reply.status, reply.code) == (415, "content_encoding_unsupported")
    plain = [*JSON, ("Content-Encoding", "identity")]
    assert gateway.call(
        "POST", STORYBOARD, credential=token_key.token("studio"), headers=plain, body=b"{}"
    ).status == 200  # fmt: skip
    assert [seen.body for seen in upstream.received] == [b"{}"]


def test_body_when_it_is_compressed_without_a_word_then_400_says_so(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    body = gzip.compress(b"{}")
    reply = gateway.call("POST", STORYBOARD, credential=token_key.token("studio"), headers=JSON, body=body)
    assert (reply.status, reply.code) == (400, "body_not_json")
    assert "compressed (gzip)" in json.loads(reply.body)["message"]
    assert not upstream.received


def test_octets_when_the_operation_takes_them_then_json_is_415(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    token = token_key.token("studio")
    octets = [("Content-Type", "application/octet-stream")]
    assert (
        gateway.call("POST", TEMPLATE, credential=token, headers=octets, body=b"\0" * 3_000_000).status == 200
    )
    refused = gateway.call("POST", TEMPLATE, credential=token, headers=JSON, body=b"{}")
    assert (refused.status, refused.code) == (415, "content_type_unsupported")
    assert "Content-Type: application/octet-stream." in json.loads(refused.body)["message"]
    assert len(upstream.received) == 1


@sent_both_ways
def test_body_when_the_operation_takes_none_then_400(
    gateway: Any, token_key: Any, upstream: Any, chunked: bool
) -> None:
    reply = gateway.call("GET", JOB, credential=token_key.token(), headers=JSON, body=b"{}", chunked=chunked)
    assert (reply.status, reply.code) == (400, "body_unexpected")
    assert not upstream.received


@pytest.mark.parametrize("named", ["transfer-encoding", "content-length"])
def test_body_when_hop_by_hop_hides_its_framing_then_it_is_refused_all_the_same(
    gateway: Any, token_key: Any, upstream: Any, named: str
) -> None:
    hidden = [("Connection", f"close, {named}")]
    read = gateway.call("GET", JOB, credential=token_key.token(), headers=hidden, body=b"x", chunked=True)
    assert (read.status, read.code) == (400, "body_unexpected")
    write = gateway.call(
        "POST", STORYBOARD, credential=token_key.token("studio"), headers=hidden, body=b"x", chunked=True
    )
    assert (write.status, write.code) == (415, "content_type_unsupported")
    assert not upstream.received


def test_body_when_empty_then_no_type_is_asked_for(gateway: Any, token_key: Any, upstream: Any) -> None:
    token = token_key.token("studio")
    assert gateway.call("POST", STORYBOARD, credential=token, body=b"").status == 200
    assert gateway.call("POST", STORYBOARD, credential=token).status == 200
    assert gateway.call("GET", JOB, credential=token_key.token(), body=b"").status == 200


SMUGGLING = {
    "length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
    "two lengths": b"Content-Length: 4\r\nContent-Length: 5\r\n",
    "two equal lengths": b"Content-Length: 4\r\nContent-Length: 4\r\n",
    "list of lengths": b"Content-Length: 4, 4\r\n",
    "signed length": b"Content-Length: +4\r\n",
    "hexadecimal length": b"Content-Length: 0x4\r\n",
    "chunked twice": b"Transfer-Encoding: chunked, chunked\r\n",
    "chunked last but one": b"Transfer-Encoding: chunked, identity\r\n",
    "unknown coding": b"Transfer-Encoding: xchunked\r\n",
    "space before colon": b"Transfer-Encoding : chunked\r\n",
}


@pytest.mark.parametrize("headers", SMUGGLING.values(), ids=SMUGGLING.keys())
def test_framing_when_ambiguous_then_400_and_the_connection_ends(
    gateway: Any, token_key: Any, upstream: Any, headers: bytes
) -> None:
    token = token_key.token("studio").encode()
    head = b"POST " + STORYBOARD.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    second = b"GET /pictoryapis/v1/quota HTTP/1.1\r\nHost: x\r\nAuthorization: " + token + b"\r\n\r\n"
    answer = gateway.raw(head + b"Authorization: " + token + b"\r\n" + headers + b"\r\n0\r\n\r\n" + second)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b'"code":"request_invalid"' in answer
    assert not upstream.received
