"""Pictory's credential: added raw, changed at once, and no call without it."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from pictory_egress.gateway.runtime.volume import Volume

pytestmark = pytest.mark.envoy

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"


@pytest.fixture(autouse=True)
def _restored(gateway: Any, kit: Any, upstream: Any) -> Iterator[None]:
    yield
    gateway.write_credential(kit.api_key)


def test_credential_when_replaced_then_the_next_calls_carry_the_new_one(
    gateway: Any, token_key: Any, upstream: Any, kit: Any
) -> None:
    token = token_key.token()
    for value in ("pictai_next", "pictai_one_after"):
        gateway.write_credential(value)

        def carried(value: str = value) -> bool:
            assert gateway.call("GET", JOB, credential=token).status == 200
            return bool(upstream.received[-1].header("authorization") == [value])

        kit.eventually(carried, what=f"{value} carried")


def test_credential_when_taken_away_then_503_and_nothing_goes_out(
    gateway: Any, token_key: Any, upstream: Any, kit: Any
) -> None:
    gateway.write_credential("")
    refused = kit.eventually(
        lambda: (
            reply if (reply := gateway.call("GET", JOB, credential=token_key.token())).status != 200 else None
        ),
        what="calls refused",
    )
    upstream.reset()
    assert (refused.status, refused.code) == (503, "no_credential")
    assert refused.headers["retry-after"] == "10"
    line = gateway.log_of(refused)
    assert (line["decision"], line["reason"]) == ("refuse", "no_credential")
    assert gateway.call("GET", JOB, credential=token_key.token()).status == 503
    assert not upstream.received
    # Envoy is up all the same; whether it is ready is the sidecar's word.
    assert gateway.call("GET", "/healthz", credential=None).status == 200


def test_credential_when_its_description_is_broken_or_gone_then_the_last_one_stays(
    gateway: Any, token_key: Any, upstream: Any, kit: Any
) -> None:
    volume = Volume(gateway.directory)
    description = volume.token_secret.read_bytes()

    def failures() -> int:
        _, text = gateway.admin("GET", "/stats?filter=^sds[.]token[.]update_(failure|rejected)$")
        return sum(int(line.split(": ")[1]) for line in text.splitlines())

    before = failures()
    try:
        volume.replace(volume.token_secret, b"{broken")
        kit.eventually(lambda: failures() > before, what="Envoy has met the broken file")
        assert gateway.call("GET", JOB, credential=token_key.token()).status == 200
        volume.token_secret.unlink()
        assert gateway.call("GET", JOB, credential=token_key.token()).status == 200
        volume.token.unlink()
        assert gateway.call("GET", JOB, credential=token_key.token()).status == 200
        # The description is whole again, and what it names is gone.
        volume.replace(volume.token_secret, description)
        time.sleep(0.5)  # Envoy looks at once, and counts nothing that could be waited for
        reply = gateway.call("GET", JOB, credential=token_key.token())
        assert (reply.status, gateway.log_of(reply)["reason"]) == (200, "ok")
    finally:
        volume.replace(volume.token, kit.api_key.encode())
        volume.replace(volume.token_secret, description)
    assert {tuple(seen.header("authorization")) for seen in upstream.received} == {(kit.api_key,)}
