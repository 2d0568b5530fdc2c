"""A tunnel hangs on the credential that it was opened with: it closes when that is taken back."""

import io
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from pictory_egress.gateway.runtime.log import Log
from pictory_egress.gateway.runtime.open_tunnels import UNWELL_SECONDS, OpenTunnels
from pictory_egress.gateway.runtime.server import serve
from tests.gateway.running import record

pytestmark = pytest.mark.envoy

HOST = "video.pictory.ai"
TARGET = f"{HOST}:443"
GET = b"GET /result.mp4 HTTP/1.1\r\nHost: video.pictory.ai\r\n\r\n"
TAKEN_BACK = ("x-1", "x-5", "x-9")
"""Ids of credentials of one client, one a test: a slot that was ended takes nobody for seconds."""
STAY = {"second": ("studio", "x-d"), "of another": ("downloads", "x-e")}


@pytest.fixture(scope="module")
def tunnel_limits() -> dict[str, int]:
    return {"max_seconds": 60}


@pytest.fixture(scope="module")
def sidecar(proxy: Any, token_key: Any) -> Iterator[OpenTunnels]:
    """What the sidecar serves and says, at its place."""
    tunnels = OpenTunnels(log=Log(io.StringIO()))
    jwks = json.dumps({"keys": [token_key.jwk]}).encode()
    server = serve(proxy.directory / "sidecar.sock", {"/jwks.json": lambda: (200, jwks), **tunnels.pages()})
    issued = [*STAY.values(), *(("studio", jti) for jti in TAKEN_BACK)]
    proxy.write_registered(record(client, jti=jti) for client, jti in issued)
    yield tunnels
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def ids() -> Iterator[str]:
    return iter(TAKEN_BACK)


@pytest.fixture
def jti(ids: Iterator[str]) -> str:
    return next(ids)


@pytest.fixture
def opened(tunnel: Any, token_key: Any, sidecar: Any, kit: Any, jti: str) -> dict[str, Any]:
    """A tunnel of each credential, and the answer that it began with."""

    def ask(client: str, jti: str) -> Any:
        one = tunnel()
        reply = one.ask(TARGET, f"Bearer {token_key.token(client, jti=jti)}")
        return (one, reply) if reply.status == 200 else None

    found = {}
    for name, (client, its) in {"first": ("studio", jti), **STAY}.items():
        one, reply = kit.eventually(lambda c=client, j=its: ask(c, j), what=f"a tunnel of {name}")
        one.start_tls(HOST)
        assert one.request(GET).startswith(b"HTTP/1.1 200")
        found[name] = one, reply
    return found


@pytest.mark.parametrize("under_way", [False, True], ids=["nothing under way", "an answer under way"])
def test_credential_when_taken_back_then_its_tunnel_closes_within_seconds_and_others_go_on(
    opened: Any, sidecar: OpenTunnels, assets: Any, kit: Any, line_of: Any, jti: str, under_way: bool
) -> None:
    one, reply = opened["first"]
    assets.reset()
    if under_way:
        assets.answer = kit.Answer(body=b"v" * 32 * 1024 * 1024)
        one.write(GET)  # and reads nothing of what comes
        kit.eventually(lambda: assets.received, what="the download has begun")
    begun = time.monotonic()
    sidecar.end([f"pictory-egress:test/studio/{jti}"])
    assert one.closed(seconds=4)
    assert time.monotonic() - begun < 4
    line = line_of(reply)
    assert (line["client"], line["decision"], line["reason"]) == ("studio", "allow", "ok")
    assets.reset()
    for name in ("second", "of another"):
        assert opened[name][0].request(GET).startswith(b"HTTP/1.1 200")
    assert len(assets.received) == 2


def test_slot_when_it_is_being_ended_then_no_tunnel_gets_in_by_another_ones_name_and_afterwards_by_its_own(
    opened: Any,
    sidecar: OpenTunnels,
    tunnel: Any,
    token_key: Any,
    kit: Any,
    line_of: Any,
    assets: Any,
    jti: str,
) -> None:
    token = token_key.token("studio", jti=jti)
    assets.reset()
    sidecar.end([f"pictory-egress:test/studio/{jti}"])
    ended = time.monotonic()
    assert opened["first"][0].closed(seconds=4)

    def ask(*more: str) -> Any:
        lines = [f"CONNECT {TARGET} HTTP/1.1", "Host: x", f"Proxy-Authorization: Bearer {token}", *more]
        return tunnel().send("\r\n".join((*lines, "", "")).encode())

    for more in ((), ("x-pictory-egress-slot: pictory-egress:test/studio/x-a",)):
        reply = ask(*more)
        assert (reply.status, reply.code) == (503, "upstream_unavailable")
        assert line_of(reply)["reason"] == "upstream_unavailable"
    assert not assets.handshakes
    kit.eventually(lambda: ask().status == 200, what="the slot is well again")
    assert time.monotonic() - ended > UNWELL_SECONDS - 2
