"""Who may call: tokens that the real Envoy takes and refuses."""

import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

pytestmark = pytest.mark.envoy

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
QUOTA = "/pictoryapis/v1/quota"


def _soon(seconds: int) -> int:
    return int(time.time()) + seconds


def _hmac_with_public_key(key: Any) -> Any:
    return lambda data: hmac.new(key.jwk["x"].encode(), data, hashlib.sha256).digest()


def _hmac_with_pem(key: Any) -> Any:
    pem = key.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return lambda data: hmac.new(pem, data, hashlib.sha256).digest()


@pytest.mark.parametrize("prefix", ["", "Bearer "], ids=["raw", "bearer"])
def test_token_when_valid_then_the_call_goes_out(
    gateway: Any, token_key: Any, upstream: Any, prefix: str
) -> None:
    reply = gateway.call("GET", JOB, credential=prefix + token_key.token())
    assert reply.status == 200
    assert len(upstream.received) == 1


REFUSED = {
    "expired": lambda key: key.token(exp=_soon(-100), iat=_soon(-200), nbf=_soon(-200)),
    "not yet valid": lambda key: key.token(nbf=_soon(600)),
    "without expiry": lambda key: key.token(exp=None),
    "living longer than allowed": lambda key: key.token(exp=_soon(91 * 86_400)),
    "for another audience": lambda key: key.token(aud="another"),
    "for no audience": lambda key: key.token(aud=None),
    "of another issuer": lambda key: key.token(iss="pictory-egress:prod"),
    "of no issuer": lambda key: key.token(iss=None),
    "with alg none": lambda key: key.token(header={"alg": "none"}),
    "with alg None": lambda key: key.token(header={"alg": "None"}),
    "with alg ES384": lambda key: key.token(header={"alg": "ES384"}),
    "with a key in its header": lambda key: key.token(header={"jwk": key.jwk, "kid": None}, sign=lambda _: b"x" * 64),
    "with an unknown kid": lambda key: key.token(header={"kid": "another"}),
    "with a key of its own": lambda key: type(key)().token(header={"kid": key.jwk["kid"]}),
    "with another's signature": lambda key: key.token().rsplit(".", 1)[0] + "." + key.token("x").rsplit(".", 1)[1],
    "after Bearer without a space": lambda key: f"Bearer{key.token()}",
}  # fmt: skip

MALFORMED = {
    "signed with nothing": lambda key: key.token(header={"alg": "none"}, sign=lambda _: b""),
    "signed with the public key as a secret": lambda key: key.token(
        header={"alg": "HS256"}, sign=_hmac_with_public_key(key)
    ),
    "signed with the public key's PEM as a secret": lambda key: key.token(
        header={"alg": "HS256"}, sign=_hmac_with_pem(key)
    ),
    "with no signature": lambda key: key.token().rsplit(".", 1)[0] + ".",
    "cut short": lambda key: key.token()[:-10],
    "a Pictory key": lambda _: "pictai_0123456789",
    "Basic": lambda _: "Basic dXNlcjpwYXNz",
    "twice in one": lambda key: f"{key.token()},{key.token()}",
    "bearer twice": lambda key: f"Bearer Bearer {key.token()}",
    "bearer in lower case": lambda key: f"bearer {key.token()}",
    "bearer in capitals": lambda key: f"BEARER {key.token()}",
    "two spaces": lambda key: f"Bearer  {key.token()}",
    "a tab": lambda key: f"Bearer\t{key.token()}",
    "another scheme": lambda key: f"Token {key.token()}",
    "in quotes": lambda key: f'"{key.token()}"',
    "with a parameter": lambda key: f"{key.token()};a=b",
    "with the higher s": lambda key: key.token(sign=key.sign_high),
    "with the higher s, after Bearer": lambda key: "Bearer " + key.token(sign=key.sign_high),
    "with padding": lambda key: key.token() + "==",
    "with unused bits": lambda key: _with_unused_bits(key.token()),
    "in the other alphabet": lambda key: "/".join((key.token() + "_").rsplit("_", 1)),
    "with a part more": lambda key: key.token() + ".AAAA",
    "with an empty part": lambda key: "." + key.token().partition(".")[2],
}  # fmt: skip


def _with_unused_bits(token: str) -> str:
    """The same bytes to a lenient decoder: the last letter has four bits that belong to none of them."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + letters[letters.index(token[-1]) + 1]


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
def test_token_when_not_valid_then_401_with_its_code_and_nothing_goes_out(
    gateway: Any, token_key: Any, upstream: Any, make: Any
) -> None:
    token = make(token_key)
    reply = gateway.call("GET", JOB, credential=token)
    assert (reply.status, reply.code) == (401, "credential_invalid")
    line = gateway.log_of(reply)
    assert (line["decision"], line["reason"]) == ("refuse", "credential_invalid")
    assert not upstream.received
    assert token not in reply.body.decode()


@pytest.mark.parametrize("make", MALFORMED.values(), ids=MALFORMED.keys())
def test_credential_when_spelled_otherwise_then_401_says_how(
    gateway: Any, token_key: Any, upstream: Any, make: Any
) -> None:
    credential = make(token_key)
    reply = gateway.call("GET", JOB, credential=credential)
    assert (reply.status, reply.code) == (401, "credential_malformed")
    assert "after Bearer" in json.loads(reply.body)["message"]
    line = gateway.log_of(reply)
    assert (line["decision"], line["reason"], line["client"]) == ("refuse", "credential_malformed", None)
    assert credential not in reply.body.decode()
    assert not upstream.received


def test_credential_when_missing_then_401_says_so(gateway: Any, upstream: Any) -> None:
    reply = gateway.call("GET", JOB, credential=None)
    assert (reply.status, reply.code) == (401, "credential_missing")
    assert gateway.log_of(reply)["operation"] == "jobs.get"
    assert not upstream.received


def test_credential_when_in_the_query_then_it_is_no_credential(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    reply = gateway.call("GET", f"{JOB}?access_token={token_key.token()}", credential=None)
    assert reply.status == 401
    assert not upstream.received


def test_authorization_when_sent_twice_then_401(gateway: Any, token_key: Any, upstream: Any) -> None:
    token = token_key.token()
    for other in (token, "pictai_x"):
        reply = gateway.call("GET", JOB, credential=token, headers=[("Authorization", other)])
        assert (reply.status, reply.code) == (401, "credential_malformed")
    assert not upstream.received


def test_token_when_it_expires_then_the_cache_ends_with_it(gateway: Any, token_key: Any) -> None:
    # Envoy grants 30 s of clock skew: the token's last second is 28 s ago.
    token = token_key.token(exp=_soon(-27), iat=_soon(-60), nbf=_soon(-60))
    statuses = set()
    while (status := gateway.call("GET", JOB, credential=token).status) == 200:
        statuses.add(status)
    assert status == 401
    assert statuses == {200}


@pytest.mark.parametrize(
    ("client", "method", "target"),
    [
        ("reports", "GET", QUOTA),
        ("reports", "DELETE", f"{JOB}/clean"),
        ("reports", "POST", "/pictoryapis/v2/video/storyboard"),
        ("studio", "GET", JOB),
        ("nobody", "GET", JOB),
        ("report", "GET", JOB),
        ("reportsx", "GET", JOB),
        ("", "GET", JOB),
    ],
)
def test_operation_when_not_granted_then_403_and_nothing_goes_out(
    gateway: Any, token_key: Any, upstream: Any, client: str, method: str, target: str
) -> None:
    reply = gateway.call(method, target, credential=token_key.token(client))
    assert (reply.status, reply.code) == (403, "operation_not_granted")
    line = gateway.log_of(reply)
    assert (line["client"], line["reason"]) == (client, "operation_not_granted")
    assert not upstream.received


def test_operation_when_granted_by_itself_then_others_of_its_permission_are_not(
    gateway: Any, token_key: Any
) -> None:
    token = token_key.token("single")
    assert gateway.call("GET", QUOTA, credential=token).status == 200
    other = gateway.call("GET", "/pictoryapis/v1/aicredits/usage", credential=token)
    assert (other.status, other.code) == (403, "operation_not_granted")


def test_client_when_it_calls_too_often_then_429_and_others_are_not_touched(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    replies = [gateway.call("GET", QUOTA, credential=token_key.token("slow")) for _ in range(4)]
    assert [reply.status for reply in replies] == [200, 200, 429, 429]
    assert replies[-1].code == "rate_limited"
    assert replies[-1].headers["retry-after"] == "10"
    assert len(upstream.received) == 2
    assert gateway.call("GET", JOB, credential=token_key.token("reports")).status == 200
