"""Headers that try to be somebody else, somewhere else, or to change what is judged; beside what test_answers has."""

from typing import Any

import pytest

from tests.gateway.wire import Wire, answers, exchange, request

pytestmark = pytest.mark.envoy

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
STORYBOARD = "/pictoryapis/v2/video/storyboard"


@pytest.mark.parametrize(
    ("first", "second"),
    [("reports", "reports"), ("reports", "studio"), ("reports", None), (None, "reports")],
    ids=["twice the same", "of another", "nonsense second", "nonsense first"],
)
@pytest.mark.parametrize("prefix", ["", "Bearer "], ids=["raw", "bearer"])
def test_credential_when_there_are_two_then_neither_counts(
    gateway: Any, token_key: Any, upstream: Any, first: str | None, second: str | None, prefix: str
) -> None:
    tokens = [prefix + (token_key.token(name) if name else "x") for name in (first, second)]
    other = b"Authorization: " + tokens[1].encode()
    [reply] = exchange(gateway, request("GET", JOB, token=tokens[0], headers=[other]))
    assert (reply.status, reply.code) == (401, "credential_malformed")
    assert gateway.log_of(reply)["reason"] == "credential_malformed"
    assert not upstream.received


ELSEWHERE = {
    "in the query": (f"{JOB}?access_token=%s", b"X: y"),
    "for a proxy": (JOB, b"Proxy-Authorization: Bearer %s"),
    "in a cookie": (JOB, b"Cookie: authorization=%s"),
    "in another header": (JOB, b"X-Authorization: %s"),
    "with an underscore": (JOB, b"Authorization_: %s"),
}


@pytest.mark.parametrize(("target", "header"), ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_credential_when_it_stands_elsewhere_then_there_is_none(
    gateway: Any, token_key: Any, upstream: Any, target: str, header: bytes
) -> None:
    token = token_key.token()
    target = target.replace("%s", token)
    [reply] = exchange(
        gateway, request("GET", target, token=None, headers=[header.replace(b"%s", token.encode())])
    )
    assert (reply.status, reply.code) in {(401, "credential_missing"), (400, "request_invalid")}
    assert gateway.log_of(reply)["decision"] == "refuse"
    assert token not in (gateway.directory / "access.log").read_text()
    assert not upstream.received


@pytest.mark.parametrize(
    ("named", "status", "code"),
    [
        (b"authorization", 401, "credential_missing"),
        (b"close, AUTHORIZATION", 401, "credential_missing"),
        (b"host", 400, "request_invalid"),
        (b":path, :method", 400, "request_invalid"),
        (b"x-forwarded-for", 400, "request_invalid"),
    ],
)
def test_hop_by_hop_when_it_names_what_is_judged_then_the_call_is_refused(
    gateway: Any, token_key: Any, upstream: Any, named: bytes, status: int, code: str
) -> None:
    headers = [b"Connection: " + named, b"X-Forwarded-For: 10.0.0.1"]
    [reply] = exchange(gateway, request("GET", JOB, token=token_key.token(), headers=headers))
    assert (reply.status, reply.code) == (status, code)
    assert gateway.log_of(reply)["reason"] == code
    assert not upstream.received


@pytest.mark.parametrize(
    "named", [b"close, x-request-id", b"user-agent", b"keep-alive, transfer-encoding", b"te", b"cookie,,,,"]
)
def test_hop_by_hop_when_it_names_what_the_gateway_sets_then_pictory_gets_it_all_the_same(
    gateway: Any, token_key: Any, upstream: Any, kit: Any, named: bytes
) -> None:
    headers = [b"Connection: " + named]
    [reply] = exchange(gateway, request("GET", JOB, token=token_key.token(), headers=headers))
    assert reply.status == 200
    [seen] = upstream.received
    assert seen.header("authorization") == [kit.api_key]
    assert seen.header("user-agent") == ["pictory-egress/1"]
    assert seen.header("x-request-id") == [reply.headers["x-request-id"]]
    assert not seen.header("connection")


SPOOFED = (
    b"X-Forwarded-For: 127.0.0.1, 10.0.0.1", b"X-Real-IP: 127.0.0.1", b"True-Client-IP: 127.0.0.1",
    b"CF-Connecting-IP: 127.0.0.1", b"Forwarded: for=127.0.0.1;host=evil.example", b"X-Forwarded-Proto: http",
    b"X-Forwarded-Client-Cert: By=x;Subject=y", b"X-Amzn-Waf-Client: studio", b"X-Amzn-Waf-Token: x",
    b"X-Amzn-Oidc-Data: x", b"X-Amzn-Oidc-Identity: studio", b"X-Amzn-Mtls-Clientcert-Subject: CN=studio",
    b"X-Pictory-User-Id: u", b"X-Pictory-Customer-Id: u", b"X-Pictory-Egress-Reason: ok",
    b"X-Envoy-Internal: true", b"X-Envoy-Max-Retries: 9", b"X-Envoy-Retry-On: 5xx", b"X-Envoy-Force-Trace: 1",
    b"X-Envoy-Original-Path: /pictoryapis/v1/quota", b"X-Envoy-Decorator-Operation: account.quota",
    b"X-Envoy-Upstream-Alt-Stat-Name: x", b"X-Envoy-Expected-Rq-Timeout-Ms: 1", b"Content-Encoding: gzip",
    b"Range: bytes=0-0", b"Max-Forwards: 0",
)  # fmt: skip


def test_headers_when_they_claim_what_others_set_then_nothing_of_them_counts_or_leaves(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    [reply] = exchange(gateway, request("GET", JOB, token=token_key.token(), headers=SPOOFED))
    assert reply.status == 200
    [seen] = upstream.received
    assert {name.lower() for name, _ in seen.headers} == {
        "host", "authorization", "user-agent", "x-request-id",
    }  # fmt: skip
    line = gateway.log_of(reply)
    assert (line["client"], line["operation"], line["reason"]) == ("reports", "jobs.get", "ok")
    refused = exchange(
        gateway, request("GET", "/pictoryapis/v1/quota", token=token_key.token(), headers=SPOOFED)
    )
    assert refused[0].code == "operation_not_granted"


@pytest.mark.parametrize("value", [b"a\rX-Evil: 1", b"a\r\n X-Evil: 1", b"a\r", b"a\tb"])
def test_value_when_it_breaks_lines_then_pictory_gets_one_header_of_one_line(
    gateway: Any, token_key: Any, upstream: Any, value: bytes
) -> None:
    [reply] = exchange(gateway, request("GET", JOB, token=token_key.token(), headers=[b"Accept: " + value]))
    assert reply.status == 200
    [seen] = upstream.received
    assert not seen.header("x-evil")
    assert all(character not in seen.header("accept")[0] for character in "\r\n")


def test_content_type_when_there_are_two_then_415(gateway: Any, token_key: Any, upstream: Any) -> None:
    types = [b"Content-Type: application/json", b"Content-Type: text/plain", b"Content-Length: 2"]
    token = token_key.token("studio")
    [reply] = exchange(gateway, request("POST", STORYBOARD, token=token, headers=types, body=b"{}"))
    assert (reply.status, reply.code) == (415, "content_type_unsupported")
    assert gateway.log_of(reply)["reason"] == "content_type_unsupported"
    assert not upstream.received


NO_HOSTS = {
    "two of them": b"a.example\r\nHost: b.example",
    "twice the same": b"gateway.example.com\r\nHost: gateway.example.com",
    "a list": b"a.example,b.example",
    "empty": b"",
    "with a user": b"user@gateway.example.com",
    "with a space": b"a b",
    "with a path": b"a.example/b",
    "an open bracket": b"[::1",
    "encoded": b"%67ateway.example.com",
    "very long": b"a" * 5_000,
}


@pytest.mark.parametrize("host", NO_HOSTS.values(), ids=NO_HOSTS.keys())
def test_host_when_it_is_not_one_name_then_400(
    gateway: Any, token_key: Any, upstream: Any, host: bytes
) -> None:
    data = request("GET", JOB, token=token_key.token()).replace(b"gateway.example.com", host, 1)
    [reply] = exchange(gateway, data)
    assert (reply.status, reply.code) == (400, "request_invalid")
    assert gateway.log_of(reply)["reason"] == "request_invalid"
    assert not upstream.received


@pytest.mark.parametrize(
    "host", [b"evil.example", b"api.pictory.ai:443", b"169.254.169.254", b"[::1]:8443", b"a_b"]
)
@pytest.mark.parametrize("server_name", ["gateway.example.com", "evil.example", "api.pictory.ai"])
def test_host_when_it_is_another_or_differs_from_sni_then_the_call_still_goes_to_pictory_alone(
    gateway: Any, token_key: Any, upstream: Any, host: bytes, server_name: str
) -> None:
    data = request("GET", JOB, token=token_key.token()).replace(b"gateway.example.com", host, 1)
    with Wire(gateway, server_name=server_name) as wire:
        wire.send(data)
        [reply] = answers(wire.rest(expected=1)[0])
    assert reply.status == 200
    assert [seen.header("host") for seen in upstream.received] == [["api.pictory.ai"]]
