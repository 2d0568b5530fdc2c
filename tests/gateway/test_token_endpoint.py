"""Programs that ask Pictory for a token first: the gateway answers with their own credential, or says why not."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.gateway.envoy import token_endpoint
from pictory_egress.gateway.runtime.inspection import server, token_request
from pictory_egress.gateway.settings import Client
from tests.gateway.running import record, way_out

pytestmark = pytest.mark.envoy

TOKEN = "/pictoryapis/v1/oauth2/token"
JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
JSON = [("Content-Type", "application/json")]


@pytest.fixture(scope="module")
def issuing(
    kit: Any, authority: Any, token_key: Any, volume: Path, upstream: Any, resolver: Any
) -> Iterator[Any]:
    """A gateway whose token endpoint is on."""
    keys = kit.KeyServer(volume / "sidecar.sock", [token_key.jwk])
    settings = kit.gateway_settings(
        min_tasks=1,
        token_endpoint=True,
        upstream=way_out(upstream.port, resolver),
    )
    clients = [
        Client(name="reports", permissions=("jobs.read",)),
        Client(name="slow", permissions=("jobs.read",), rate_per_minute=2),
    ]
    running = kit.Gateway(directory=volume, settings=settings, clients=clients, authority=authority)
    yield running
    running.close()
    keys.close()


def ask(gateway: Any, body: Any, **more: Any) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = [*JSON, *more.pop("headers", [])]
    return gateway.call("POST", TOKEN, credential=more.pop("credential", None), headers=headers, body=data)


def test_program_when_it_asks_for_a_token_then_it_gets_its_credential_and_calls_with_it(
    issuing: Any, token_key: Any, upstream: Any, kit: Any
) -> None:
    credential = token_key.token("reports")
    reply = ask(issuing, {"client_id": "reports", "client_secret": credential})
    assert reply.status == 200
    answer = json.loads(reply.body)
    assert set(answer) == {"access_token", "expires_in", "token_type"}
    assert (answer["access_token"], answer["token_type"]) == (credential, "Bearer")
    assert type(answer["expires_in"]) is int
    assert 0 < answer["expires_in"] <= 366 * 86_400
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-pictory-egress-reason"] == "ok"
    assert not upstream.received, "Pictory's own endpoint is not asked"
    user = [("X-Pictory-User-Id", "somebody")]
    called = issuing.call("GET", JOB, credential=answer["access_token"], headers=user)
    assert called.status == 200
    [seen] = upstream.received
    assert seen.header("authorization") == [kit.api_key]
    assert not seen.header("x-pictory-user-id")


def test_token_when_issued_then_its_line_names_client_and_operation_and_nothing_else(
    issuing: Any, token_key: Any
) -> None:
    credential = token_key.token("reports")
    reply = ask(issuing, {"client_id": "reports", "client_secret": credential})
    line = issuing.log_of(reply)
    assert (line["client"], line["operation"], line["reason"]) == ("reports", "oauth2.token", "ok")
    assert (line["decision"], line["status"], line["upstream_status"]) == ("allow", 200, 0)
    assert credential not in (issuing.directory / "access.log").read_text() + issuing.inspector.log()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "token_request_invalid"),
        (b"client_id=reports&client_secret=x", 400, "token_request_invalid"),
        (b"[]", 400, "token_request_invalid"),
        ({}, 400, "token_request_invalid"),
        ({"client_id": "reports"}, 400, "token_request_invalid"),
        ({"client_id": "reports", "client_secret": 1}, 400, "token_request_invalid"),
        (b'{"client_id":"a","client_id":"b","client_secret":"c"}', 400, "token_request_invalid"),
        ({"client_id": "a", "client_secret": "bbbb"}, 401, "token_client_invalid"),
        ({"client_id": "reports", "client_secret": "a.b.c"}, 401, "token_client_invalid"),
        ({"client_id": "reports", "client_secret": "e30.W10.AAAA"}, 401, "token_client_invalid"),
        ({"client_id": "reports", "client_secret": "x" * 9000}, 401, "token_client_invalid"),
        ({"client_id": "reports", "client_secret": "x" * 20_000}, 413, "body_too_large"),
    ],
)
def test_token_when_asked_for_wrongly_then_the_refusal_says_what_to_send(
    issuing: Any, upstream: Any, body: Any, status: int, code: str
) -> None:
    reply = ask(issuing, body)
    assert (reply.status, reply.code) == (status, code)
    assert issuing.log_of(reply)["reason"] == code
    assert not upstream.received


def test_token_when_asked_for_with_anothers_credential_then_refused(issuing: Any, token_key: Any) -> None:
    reply = ask(issuing, {"client_id": "slow", "client_secret": token_key.token("reports")})
    assert (reply.status, reply.code) == (401, "token_client_invalid")
    assert "client_id" in json.loads(reply.body)["message"]


def test_token_when_the_credential_does_not_count_then_refused_as_in_any_call(
    issuing: Any, token_key: Any, kit: Any
) -> None:
    expired = token_key.token("reports", exp=int(time.time()) - 3600)
    forged = kit.TokenKey().token("reports")
    for credential in (expired, forged):
        reply = ask(issuing, {"client_id": "reports", "client_secret": credential})
        assert (reply.status, reply.code) == (401, "credential_invalid")
    issuing.write_registered([record("reports", revoked=True), record("slow")])
    try:
        again = kit.eventually(
            lambda: (
                reply
                if (
                    reply := ask(
                        issuing, {"client_id": "reports", "client_secret": token_key.token("reports")}
                    )
                ).status
                == 401
                else None
            ),
            what="the revocation",
        )
        assert again.code == "credential_revoked"
    finally:
        issuing.write_registered([record("reports"), record("slow")])
    good = {"client_id": "reports", "client_secret": token_key.token("reports")}
    kit.eventually(lambda: ask(issuing, good).status == 200, what="it counts again")


def test_token_when_a_header_brings_another_credential_then_the_bodys_counts(
    issuing: Any, token_key: Any
) -> None:
    mine, other = token_key.token("reports"), token_key.token("slow")
    spoofed = [("X-Pictory-Egress-Token", "spoofed"), ("X-Pictory-Egress-Expires-In", "7")]
    reply = ask(issuing, {"client_id": "reports", "client_secret": mine}, credential=other, headers=spoofed)
    assert json.loads(reply.body)["access_token"] == mine
    assert json.loads(reply.body)["expires_in"] != 7
    assert issuing.log_of(reply)["client"] == "reports"


def test_token_when_asked_for_too_often_then_the_clients_rate_holds(issuing: Any, token_key: Any) -> None:
    body = {"client_id": "slow", "client_secret": token_key.token("slow")}
    replies = [ask(issuing, body) for _ in range(4)]
    assert [reply.status for reply in replies] == [200, 200, 429, 429]
    assert replies[-1].code == "rate_limited"


def test_token_when_the_method_or_path_differs_then_it_is_no_token_call(
    issuing: Any, token_key: Any, upstream: Any
) -> None:
    for method, target in (("GET", TOKEN), ("POST", TOKEN + "?a=b"), ("POST", TOKEN + "/")):
        assert issuing.call(method, target, credential=None).status == 401
        reply = issuing.call(method, target, credential=token_key.token("reports"))
        assert (reply.status, reply.code) == (403, "operation_unknown")
    assert not upstream.received


def test_names_when_envoy_and_the_inspector_share_them_then_they_are_the_same() -> None:
    assert server.TOKEN_HEADER == token_endpoint.TOKEN_HEADER
    assert server.EXPIRES_HEADER == token_endpoint.EXPIRES_HEADER
    assert {token_request.REQUEST_INVALID, token_request.CLIENT_INVALID} == set(token_endpoint.TOKEN_REFUSALS)
