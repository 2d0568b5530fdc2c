"""Good signatures are not enough: what the registry says of a credential, at every call of the real Envoy."""

from collections.abc import Iterator
from typing import Any

import pytest

from pictory_egress.gateway.runtime import registered
from pictory_egress.gateway.runtime.volume import Volume
from tests.gateway.running import Gateway, record

pytestmark = pytest.mark.envoy

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
MANY = 2_000


@pytest.fixture
def lists(gateway: Gateway) -> Iterator[Gateway]:
    """The gateway, whose list of credentials is as it was when the test is over."""
    volume = Volume(gateway.directory)
    before = volume.registered.read_bytes()
    yield gateway
    volume.replace(volume.registered, before)


def said(gateway: Gateway, token: str) -> str:
    reply = gateway.call("GET", JOB, credential=token)
    return "ok" if reply.status == 200 else f"{reply.status} {reply.code}"


def test_credential_when_revoked_then_refused_though_it_is_in_the_cache_and_its_client_goes_on(
    lists: Gateway, token_key: Any, upstream: Any, kit: Any
) -> None:
    old, new = token_key.token(jti="old"), token_key.token(jti="new")
    lists.write_registered([record("reports", jti="old"), record("reports", jti="new")])
    kit.eventually(lambda: said(lists, old) == "ok", what="the list taken")
    assert [said(lists, token) for token in (old, new) * 3] == ["ok"] * 6
    lists.write_registered([record("reports", jti="old", revoked=True), record("reports", jti="new")])
    kit.eventually(lambda: said(lists, old) != "ok", what="the new list taken")
    upstream.received.clear()
    for prefix in ("", "Bearer "):
        assert said(lists, prefix + old) == "401 credential_revoked"
    assert not upstream.received
    assert said(lists, new) == "ok"
    reply = lists.call("GET", JOB, credential=old)
    line = lists.log_of(reply)
    assert (line["client"], line["decision"], line["reason"]) == ("reports", "refuse", "credential_revoked")
    assert reply.headers["www-authenticate"] == "Bearer"


UNREGISTERED = {
    "of nobody's id": {"jti": "another"},
    "of no id": {"jti": None},
    "of an empty id": {"jti": ""},
    "of another client's id": {"jti": "studio-1"},
    "of no client": {"sub": None},
    "of neither client nor id": {"sub": None, "jti": None},
    "with the id in the client": {"sub": "reports/1", "jti": ""},
    "with what stands for other issuers": {"sub": "-", "jti": "-"},
}


@pytest.mark.parametrize("claims", UNREGISTERED.values(), ids=UNREGISTERED.keys())
def test_token_when_well_signed_and_not_registered_then_401_and_nothing_goes_out(
    lists: Gateway, token_key: Any, upstream: Any, kit: Any, claims: dict[str, Any]
) -> None:
    lists.write_registered([record("reports"), record("studio", jti="studio-1")])
    kit.eventually(lambda: said(lists, token_key.token("slow")) != "ok", what="the list taken")
    upstream.received.clear()
    assert said(lists, token_key.token(**claims)) == "401 credential_unregistered"
    assert not upstream.received


def test_registry_when_it_was_never_read_then_503_and_nothing_goes_out(
    lists: Gateway, token_key: Any, upstream: Any, kit: Any
) -> None:
    volume = Volume(lists.directory)
    volume.replace(volume.registered, registered.nobody())
    kit.eventually(lambda: said(lists, token_key.token()) != "ok", what="the list taken")
    upstream.received.clear()
    assert said(lists, token_key.token()) == "503 identity_unavailable"
    assert lists.call("GET", JOB, credential=None).code == "credential_missing"
    assert not upstream.received


def test_list_when_it_is_broken_then_the_last_good_one_stays(
    lists: Gateway, token_key: Any, kit: Any
) -> None:
    lists.write_registered([record("reports", jti="back", revoked=True), record("reports")])
    back = token_key.token(jti="back")
    kit.eventually(lambda: said(lists, back) == "401 credential_revoked", what="the list taken")
    volume = Volume(lists.directory)
    for content in (b"", b"{", b'{"resources": []}', b'{"resources": [{"name": "registered"}]}'):
        volume.replace(volume.registered, content)
        assert (said(lists, back), said(lists, token_key.token())) == ("401 credential_revoked", "ok")


def test_list_when_it_is_long_then_it_is_taken_while_calls_go_on(
    lists: Gateway, token_key: Any, kit: Any
) -> None:
    token, last = token_key.token(), token_key.token(jti=str(MANY))
    lists.write_registered([record("reports"), *(record("reports", jti=str(n)) for n in range(2, MANY + 1))])
    seen = set()

    def taken() -> bool:
        seen.add(said(lists, token))
        return said(lists, last) == "ok"

    kit.eventually(taken, what="the long list taken")
    assert seen == {"ok"}
