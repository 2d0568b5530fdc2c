"""The gateway in OAuth mode: token and user go together, or not at all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.gateway.runtime.volume import Volume
from pictory_egress.gateway.settings import Client
from tests.gateway.running import way_out

pytestmark = pytest.mark.envoy

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"


@pytest.fixture(scope="module")
def oauth_gateway(
    kit: Any, authority: Any, token_key: Any, volume: Path, upstream: Any, resolver: Any
) -> Iterator[Any]:
    keys = kit.KeyServer(volume / "sidecar.sock", [token_key.jwk])
    settings = kit.gateway_settings(upstream=way_out(upstream.port, resolver))
    running = kit.Gateway(
        directory=volume,
        settings=settings,
        clients=[Client(name="reports", permissions=("jobs.read",))],
        authority=authority,
        credential_mode="oauth",
    )
    yield running
    running.close()
    keys.close()


def test_call_when_the_user_is_unknown_then_503_and_when_known_then_both_are_sent(
    oauth_gateway: Any, token_key: Any, upstream: Any, kit: Any
) -> None:
    token = token_key.token()
    spoofed = [("X-Pictory-User-Id", "somebody")]
    refused = oauth_gateway.call("GET", JOB, credential=token, headers=spoofed)
    assert (refused.status, refused.code) == (503, "no_credential")
    assert not upstream.received
    volume = Volume(oauth_gateway.directory)
    volume.replace(volume.user_id, b"user-1")
    kit.eventually(
        lambda: oauth_gateway.call("GET", JOB, credential=token, headers=spoofed).status == 200,
        what="user known",
    )
    [seen] = upstream.received
    assert seen.header("authorization") == [kit.api_key]
    assert seen.header("x-pictory-user-id") == ["user-1"]
