"""Tunnels for programs in Python up to 3.11, whose standard library asks by HTTP/1.0: by setting."""

from typing import Any

import pytest

pytestmark = pytest.mark.envoy

HOST = "video.pictory.ai"
TARGET = f"{HOST}:443"


@pytest.fixture(scope="module")
def tunnel_limits() -> dict[str, Any]:
    return {"accept_http_10": True}


def test_tunnel_when_http_1_0_is_accepted_then_it_opens_and_the_same_rules_hold(
    tunnel: Any, bearer: str
) -> None:
    request = f"CONNECT {{}} HTTP/1.0\r\nProxy-Authorization: {bearer}\r\n\r\n"
    one = tunnel()
    assert one.send(request.format(TARGET).encode()).status == 200
    one.start_tls(HOST)
    assert one.request(f"GET /result.mp4 HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()).startswith(
        b"HTTP/1.1 200"
    )
    for target in ("example.com:443", f"{HOST}:80", "api.pictory.ai:443"):
        refused = tunnel().send(request.format(target).encode())
        assert (refused.status, refused.code) == (403, "tunnel_target_refused")
    twice = request.replace("\r\n\r\n", f"\r\nProxy-Authorization: {bearer}\r\n\r\n").format(TARGET)
    refused = tunnel().send(twice.encode())
    assert (refused.status, refused.code) == (407, "tunnel_credential_malformed")
    assert tunnel().send(b"GET / HTTP/1.0\r\n\r\n").status >= 400
