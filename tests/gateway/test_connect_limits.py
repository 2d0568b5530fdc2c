"""How much may go through a tunnel, and how long it may stay open."""

import contextlib
from typing import Any

import pytest

pytestmark = pytest.mark.envoy

HOST = "video.pictory.ai"
TARGET = f"{HOST}:443"
GET = b"GET /result.mp4 HTTP/1.1\r\nHost: video.pictory.ai\r\n\r\n"
MEBIBYTE = 1024 * 1024


def test_result_when_large_then_it_comes_through_whole(
    tunnel: Any, bearer: str, assets: Any, line_of: Any, kit: Any
) -> None:
    size = 20 * 1024 * 1024
    assets.answer = kit.Answer(body=b"v" * size)
    one = tunnel()
    reply = one.ask(TARGET, bearer)
    one.start_tls(HOST)
    received = len(one.request(GET).partition(b"\r\n\r\n")[2])
    while received < size:
        received += len(one.read())
    assets.reset()
    one.close()
    assert received == size
    assert line_of(reply)["bytes_sent"] > size


def test_upload_when_larger_than_allowed_then_the_tunnel_closes(
    tunnel: Any, bearer: str, line_of: Any, assets: Any
) -> None:
    one = tunnel()
    reply = one.ask(TARGET, bearer)
    one.start_tls(HOST)
    one.write(b"PUT /upload HTTP/1.1\r\nHost: video.pictory.ai\r\nContent-Length: 8388608\r\n\r\n")
    with contextlib.suppress(OSError):
        for _ in range(64):
            one.write(b"u" * 131_072)
    assert one.closed(seconds=5)
    line = line_of(reply)
    assert line["reason"] == "tunnel_too_large"
    # Looked at whenever some arrives: over by one read at most.
    assert 1024 * 1024 < line["bytes_received"] < 1024 * 1024 + 262_144


def _download(one: Any, *, at_most: int = 2**40) -> int:
    """How much of an answer comes through before the tunnel ends, or ``at_most`` is there."""
    received = len(one.request(GET).partition(b"\r\n\r\n")[2])
    with contextlib.suppress(ConnectionError):
        while received < at_most and (part := one.read()):
            received += len(part)
    return received


def test_download_when_larger_than_allowed_then_the_tunnel_closes_when_its_client_goes_on(
    tunnel: Any, bearer: str, line_of: Any, assets: Any, kit: Any
) -> None:
    assets.reset()
    assets.answer = kit.Answer(body=b"v" * 30 * MEBIBYTE)
    one = tunnel()
    reply = one.ask(TARGET, bearer)
    one.start_tls(HOST)
    assert _download(one, at_most=24 * MEBIBYTE) >= 24 * MEBIBYTE
    with contextlib.suppress(OSError):
        one.write(GET)
    assert one.closed(seconds=5)
    assert len(assets.received) == 1, "the second request never went out"
    assets.reset()
    line = line_of(reply)
    assert (line["decision"], line["reason"]) == ("allow", "tunnel_too_large")
    assert 24 * MEBIBYTE < line["bytes_sent"] < 31 * MEBIBYTE
    assert line["bytes_received"] < MEBIBYTE


def test_download_when_larger_than_allowed_and_its_client_speaks_meanwhile_then_it_ends_amid_the_answer(
    tunnel: Any, bearer: str, line_of: Any, assets: Any, kit: Any
) -> None:
    assets.answer = kit.Answer(body=b"v" * 64 * MEBIBYTE)
    one = tunnel()
    reply = one.ask(TARGET, bearer)
    one.start_tls(HOST)
    one.write(GET)
    received = told = 0
    # As HTTP/2 does, which says all the time how much more may come.
    with contextlib.suppress(OSError):
        while part := one.read():
            received += len(part)
            if received - told > MEBIBYTE // 4:
                told = received
                one.write(b"\r\n")
    assets.reset()
    line = line_of(reply)
    assert line["reason"] == "tunnel_too_large"
    assert line["bytes_sent"] < 28 * MEBIBYTE


def test_download_when_the_host_closes_at_its_end_then_it_came_through_whole(
    tunnel: Any, bearer: str, line_of: Any, assets: Any, kit: Any
) -> None:
    size = 20 * MEBIBYTE
    assets.answer = kit.Answer(headers=(("Connection", "close"),), body=b"v" * size)
    one = tunnel()
    reply = one.ask(TARGET, bearer)
    one.start_tls(HOST)
    received = _download(one)
    assets.reset()
    assert received == size
    assert (line_of(reply)["decision"], line_of(reply)["reason"]) == ("allow", "ok")


def test_tunnel_when_open_too_long_then_it_is_closed_though_in_use(
    tunnel: Any, bearer: str, line_of: Any, kit: Any
) -> None:
    one = tunnel()
    reply = one.ask(TARGET, bearer)
    one.start_tls(HOST)
    with pytest.raises(ConnectionError):
        kit.eventually(lambda: not one.request(GET), what="closed")
    line = line_of(reply)
    assert line["reason"] == "tunnel_too_long"
    assert 2_900 <= line["duration_ms"] < 6_000
