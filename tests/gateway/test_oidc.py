"""Tokens of a company's own issuer, beside the built-in one: neither speaks for the other's clients."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.gateway.settings import Client, OidcIssuer
from tests.gateway.running import way_out

pytestmark = pytest.mark.envoy

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
QUOTA = "/pictoryapis/v1/quota"
ISSUER = "https://login.example.com/"


@pytest.fixture(scope="module")
def company_key(kit: Any) -> Any:
    return kit.TokenKey()


@pytest.fixture(scope="module")
def company_gateway(
    kit: Any, authority: Any, token_key: Any, company_key: Any, volume: Path, upstream: Any, resolver: Any
) -> Iterator[Any]:
    keys = kit.KeyServer(volume / "sidecar.sock", [token_key.jwk])
    login = kit.Upstream()
    login.answer = kit.Answer(body=json.dumps({"keys": [company_key.jwk]}).encode())
    server = kit.serve_pictory(
        login, certificate=authority.issue("login.example.com", volume), address="127.0.0.1"
    )
    issuer = OidcIssuer(
        name="corp",
        issuer=ISSUER,
        jwks_uri=f"https://login.example.com:{login.port}/keys",
        audience="api://pictory",
        client_claim="azp",
    )
    settings = kit.gateway_settings(
        upstream=way_out(upstream.port, resolver),
        issuers=[issuer],
        connect={"domain": "proxy.example.com", "hosts": ["video.pictory.ai"]},
    )
    clients = [
        Client(name="reports", permissions=("jobs.read",)),
        Client(
            name="planner",
            permissions=("account.read", "assets.connect"),
            issuer="corp",
            subject="0oa1-planner",
        ),
        Client(name="writer", permissions=("storyboards.write",)),
        Client(
            name="scribe",
            permissions=("storyboards.write",),
            issuer="corp",
            subject="writer",
            allowed_hosts=("hooks.example.com",),
        ),
        Client(name="batch", permissions=("account.read",), issuer="corp", rate_per_minute=1),
    ]
    running = kit.Gateway(directory=volume, settings=settings, clients=clients, authority=authority)
    yield running
    running.close()
    keys.close()
    server.shutdown()
    server.server_close()


def company_token(key: Any, client: str, **claims: Any) -> str:
    token: str = key.token("user-7", **({"iss": ISSUER, "aud": "api://pictory", "azp": client} | claims))
    return token


@pytest.mark.parametrize("prefix", ["", "Bearer "], ids=["raw", "bearer"])
def test_token_when_of_the_company_then_its_client_is_the_one_that_the_claim_names(
    company_gateway: Any, company_key: Any, kit: Any, prefix: str
) -> None:
    token = prefix + company_token(company_key, "0oa1-planner")
    reply = kit.eventually(
        lambda: (
            answer if (answer := company_gateway.call("GET", QUOTA, credential=token)).status == 200 else None
        ),
        what="the company's keys read",
    )
    line = company_gateway.log_of(reply)
    assert (line["client"], line["issuer"]) == ("0oa1-planner", "corp")


def test_tunnel_when_asked_for_with_a_token_of_the_company_then_it_opens_for_who_is_granted_alone(
    company_gateway: Any, company_key: Any, token_key: Any, kit: Any
) -> None:
    def ask(token: str) -> tuple[int, dict[str, Any]]:
        tunnel = kit.Tunnel(company_gateway)
        reply = tunnel.ask("video.pictory.ai:443", f"Bearer {token}")
        tunnel.close()
        return reply.status, company_gateway.log_of(reply)

    status, line = kit.eventually(
        lambda: asked if (asked := ask(company_token(company_key, "0oa1-planner")))[0] == 200 else None,
        what="the company's keys read",
    )
    assert (line["client"], line["issuer"], line["decision"]) == ("0oa1-planner", "corp", "allow")
    for token in (company_token(company_key, "batch"), token_key.token("0oa1-planner")):
        status, line = ask(token)
        assert (status, line["reason"]) == (403, "tunnel_not_granted")


def test_token_when_of_the_built_in_issuer_then_the_log_says_so(company_gateway: Any, token_key: Any) -> None:
    reply = company_gateway.call("GET", JOB, credential=token_key.token("reports"))
    assert reply.status == 200
    line = company_gateway.log_of(reply)
    assert (line["client"], line["issuer"]) == ("reports", "gateway")


def test_credential_when_missing_then_the_log_names_nobody(company_gateway: Any) -> None:
    reply = company_gateway.call("GET", JOB, credential=None)
    assert (reply.status, reply.code) == (401, "credential_missing")
    line = company_gateway.log_of(reply)
    assert not line["client"]
    assert not line["issuer"]


def test_name_when_it_is_a_client_of_the_other_issuer_then_403(
    company_gateway: Any, company_key: Any, token_key: Any, upstream: Any
) -> None:
    spoofs = [
        (JOB, company_token(company_key, "reports")),
        (JOB, company_token(company_key, "x", sub="reports")),
        (QUOTA, token_key.token("0oa1-planner")),
        (QUOTA, token_key.token("planner")),
        (QUOTA, token_key.token("x", azp="0oa1-planner")),
        (QUOTA, company_token(company_key, "planner")),
    ]
    for target, token in spoofs:
        reply = company_gateway.call("GET", target, credential=token)
        assert (reply.status, reply.code) == (403, "operation_not_granted")
    assert not upstream.received


def test_token_when_one_issuers_key_signs_for_the_other_or_it_is_not_valid_then_401(
    company_gateway: Any, company_key: Any, token_key: Any, upstream: Any
) -> None:
    now = int(time.time())
    forged = [
        company_token(token_key, "0oa1-planner"),
        company_key.token("reports"),
        company_token(company_key, "0oa1-planner", aud="pictory-egress"),
        company_token(company_key, "0oa1-planner", aud=None),
        company_token(company_key, "0oa1-planner", iss=None),
        company_token(company_key, "0oa1-planner", exp=None),
        company_token(company_key, "0oa1-planner", exp=now - 100),
        company_token(company_key, "0oa1-planner", exp=now + 91 * 86_400),
        company_token(company_key, "0oa1-planner", nbf=now + 600),
        company_token(company_key, "0oa1-planner", header={"kid": token_key.jwk["kid"]}),
        company_token(company_key, "0oa1-planner", header={"alg": "none"}),
    ]
    for token in forged:
        for target in (JOB, QUOTA):
            reply = company_gateway.call("GET", target, credential=token)
            assert (reply.status, reply.code) == (401, "credential_invalid")
    assert not upstream.received


def test_token_when_other_issuers_are_known_then_each_has_its_own_form(
    company_gateway: Any, company_key: Any, token_key: Any, upstream: Any
) -> None:
    # A company's issuer may sign with either s; the built-in one does not, and its tokens are told apart.
    other = company_token(company_key, "0oa1-planner", header={"typ": "JWT"}, sign=company_key.sign_high)
    assert company_gateway.call("GET", QUOTA, credential=other).status == 200
    upstream.reset()
    for token in (
        token_key.token("reports", sign=token_key.sign_high), token_key.token("reports") + "=", "a.b", "a.b.",
        company_token(company_key, "0oa1-planner") + "=",
    ):  # fmt: skip
        reply = company_gateway.call("GET", JOB, credential=token)
        assert (reply.status, reply.code) == (401, "credential_malformed"), token
    assert not upstream.received


def test_body_when_names_of_both_issuers_are_the_same_then_each_client_has_its_own_hosts(
    company_gateway: Any, company_key: Any, token_key: Any, upstream: Any
) -> None:
    def post(token: str) -> Any:
        return company_gateway.call(
            "POST", "/pictoryapis/v2/video/storyboard", credential=token,
            headers=[("Content-Type", "application/json")], body=b'{"webhook":"https://hooks.example.com/"}',
        )  # fmt: skip

    assert post(company_token(company_key, "writer")).status == 200
    refused = post(token_key.token("writer"))
    assert (refused.status, refused.code) == (403, "body_host_not_allowed")
    assert len(upstream.received) == 1


def test_client_when_of_the_company_then_it_has_a_rate_of_its_own(
    company_gateway: Any, company_key: Any
) -> None:
    token = company_token(company_key, "batch")
    # A rate of one a minute is one for each task.
    statuses = [company_gateway.call("GET", QUOTA, credential=token).status for _ in range(3)]
    assert statuses == [200, 429, 429]
