"""Ten thousand bodies that name a host nobody allowed go through the real gateway: none of them arrives.

What arrives is judged by the eyes of the stand-in for Pictory, which share no code with the inspector.
"""

import http.client
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from pictory_egress.gateway.settings import Client
from sandbox.pictory.named_hosts import named_hosts
from tests.gateway.leaking_bodies import ALLOWED, EVIL, leaks
from tests.gateway.running import way_out

pytestmark = pytest.mark.envoy

BODIES: Final = 10_000
STORYBOARD: Final = "/pictoryapis/v2/video/storyboard"
REFUSALS: Final = {
    "body_url_invalid",
    "body_host_not_allowed",
    "body_not_json",
    "body_connection_not_allowed",
}


@pytest.fixture(scope="module")
def quick(
    kit: Any, authority: Any, token_key: Any, volume: Path, upstream: Any, resolver: Any
) -> Iterator[Any]:
    """A gateway with a client that may call as often as it likes."""
    keys = kit.KeyServer(volume / "sidecar.sock", [token_key.jwk])
    client = Client(
        name="studio", permissions=("storyboards.write",), allowed_hosts=(ALLOWED,), rate_per_minute=1_000_000
    )
    running = kit.Gateway(
        directory=volume,
        settings=kit.gateway_settings(min_tasks=1, upstream=way_out(upstream.port, resolver)),
        clients=[client],
        authority=authority,
    )
    yield running
    running.close()
    keys.close()


def test_body_when_it_names_another_host_in_any_way_then_it_does_not_arrive(
    quick: Any, token_key: Any, upstream: Any
) -> None:
    headers = {"Authorization": token_key.token("studio"), "Content-Type": "application/json"}
    connection = http.client.HTTPSConnection("127.0.0.1", quick.port, context=quick.context(), timeout=30)
    codes: Counter[str] = Counter()
    for number, leak in enumerate(leaks(BODIES, seed=BODIES)):
        connection.request("POST", STORYBOARD, leak.body, headers)
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status in (400, 403), leak.how
        codes[json.loads(text)["code"]] += 1
        if number % 100 == 0:
            good = json.dumps({"webhook": f"https://{ALLOWED}/{number}?a=b", "story": "See www.example.org"})
            connection.request("POST", STORYBOARD, good, headers)
            assert connection.getresponse().read() == b'{"success":true}'
    connection.close()
    assert set(codes) <= REFUSALS
    assert codes["body_host_not_allowed"] > BODIES / 20
    assert len(upstream.received) == BODIES / 100
    for seen in upstream.received:
        assert set(named_hosts(seen.body)) == {ALLOWED, "www.example.org"}


def test_eyes_when_shown_the_same_bodies_then_they_see_the_host_in_nearly_all() -> None:
    unseen = [
        leak.how for leak in leaks(1000, seed=1) if not any(EVIL in host for host in named_hosts(leak.body))
    ]
    assert len(unseen) < 20, unseen
