"""What leaves, what comes back, and what is written down."""

import json
import time
from typing import Any

import pytest

pytestmark = pytest.mark.envoy

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"

LOG_FIELDS = {
    "kind", "time", "request_id", "client", "operation", "decision", "reason", "status", "upstream_status",
    "duration_ms", "upstream_ms", "bytes_received", "bytes_sent", "attempts", "flags", "details",
}  # fmt: skip


def test_call_when_granted_then_pictory_sees_the_key_raw_and_nothing_of_the_caller(
    gateway: Any, token_key: Any, upstream: Any, kit: Any
) -> None:
    token = token_key.token()
    hidden = {
        "X-Forwarded-For": "10.1.2.3", "X-Forwarded-Host": "evil.example", "Forwarded": "for=10.1.2.3",
        "X-Amzn-Trace-Id": "Root=1-1-1", "X-Amzn-Waf-Verdict": "fine", "Cookie": "session=1",
        "X-Pictory-User-Id": "somebody", "X-Request-Id": "of-the-caller", "X-Envoy-Retry-On": "5xx",
        "X-Envoy-Upstream-Rq-Timeout-Ms": "1", "Proxy-Authorization": "x", "X-Api-Key": "pictai_of_caller",
        "Referer": "https://inner.example/", "Traceparent": "00-1-1-01", "Via": "1.1 inner", "Origin": "x",
        "Accept-Charset": "utf-8", "Content-Typ": "x", "Te": "trailers",
    }  # fmt: skip
    passed = {"Accept": "application/json", "Accept-Language": "en"}
    headers = [*hidden.items(), *passed.items(), ("User-Agent", "python-requests/2")]
    reply = gateway.call("GET", JOB, credential=token, headers=headers)
    assert reply.status == 200
    [seen] = upstream.received
    assert {name.lower(): value for name, value in seen.headers} == {
        "host": "api.pictory.ai",
        "authorization": kit.api_key,
        "user-agent": "pictory-egress/1",
        "x-request-id": reply.headers["x-request-id"],
        "accept": "application/json",
        "accept-language": "en",
    }
    assert reply.headers["x-request-id"] != "of-the-caller"
    assert token not in repr(seen)


def test_caller_when_its_address_is_private_and_no_balancer_wrote_it_down_then_it_is_no_more_trusted(
    gateway: Any, token_key: Any, upstream: Any, kit: Any
) -> None:
    # Without x-forwarded-for Envoy takes private addresses for its own side, if it is not told otherwise: an NLB
    # writes none.
    upstream.answer = kit.Answer(before=lambda _: time.sleep(0.1))
    headers = [("X-Request-Id", "of-the-caller"), ("X-Envoy-Upstream-Rq-Timeout-Ms", "1")]
    reply = gateway.call("GET", JOB, credential=token_key.token(), headers=headers)
    assert reply.status == 200
    assert reply.headers["x-request-id"] != "of-the-caller"
    assert upstream.received[0].header("x-request-id") == [reply.headers["x-request-id"]]
    assert gateway.log_of(reply)["flags"] == "-"


def test_hop_by_hop_when_it_names_the_credential_then_the_call_has_none(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    headers = [("Connection", "close, authorization")]
    reply = gateway.call("GET", JOB, credential=token_key.token(), headers=headers)
    assert (reply.status, reply.code) == (401, "credential_missing")
    assert reply.headers["www-authenticate"] == "Bearer"
    assert not upstream.received


def test_answer_when_it_carries_more_then_only_listed_headers_come_back(
    gateway: Any, token_key: Any, upstream: Any, kit: Any
) -> None:
    upstream.answer = kit.Answer(
        status=429,
        headers=(
            ("Content-Type", "application/json"), ("Retry-After", "7"), ("Set-Cookie", "a=b"),
            ("X-Powered-By", "x"), ("Strict-Transport-Security", "max-age=1"), ("CF-Ray", "1"),
            ("X-Pictory-Egress-Reason", "forged"), ("X-Request-Id", "forged"), ("Location", "https://x/"),
        ),
        body=b'{"message":"slow down"}',
    )  # fmt: skip
    reply = gateway.call("GET", JOB, credential=token_key.token())
    assert (reply.status, reply.body) == (429, b'{"message":"slow down"}')
    assert reply.headers["retry-after"] == "7"
    assert reply.headers["x-pictory-egress-reason"] == "ok"
    assert reply.headers["server"] == "pictory-egress"
    assert set(reply.headers) == {
        "content-type", "content-length", "date", "retry-after", "server", "x-request-id",
        "x-pictory-egress-reason",
    }  # fmt: skip
    assert reply.headers["x-request-id"] != "forged"
    line = gateway.log_of(reply)
    assert (line["decision"], line["reason"], line["upstream_status"]) == ("allow", "ok", 429)


def test_log_when_a_call_is_made_then_one_line_tells_it_in_numbers(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    reply = gateway.call("GET", JOB, credential=token_key.token())
    line = gateway.log_of(reply)
    assert set(line) == LOG_FIELDS
    assert line["kind"] == "access"
    assert (line["client"], line["operation"]) == ("reports", "jobs.get")
    assert (line["decision"], line["reason"], line["status"]) == ("allow", "ok", 200)
    assert line["upstream_status"] == 200
    assert line["attempts"] == 1
    assert line["bytes_sent"] == len(reply.body)
    assert all(isinstance(line[name], int) for name in ("duration_ms", "upstream_ms", "bytes_received"))
    assert sum(other["request_id"] == line["request_id"] for other in gateway.log()) == 1


def test_log_when_the_network_before_pictory_refuses_then_it_is_told_from_pictorys_refusal(
    gateway: Any, token_key: Any, upstream: Any, kit: Any
) -> None:
    page = (("Content-Type", "text/plain; charset=UTF-8"),)
    upstream.answer = kit.Answer(status=403, headers=page, body=b"error code: 1010")
    edge = gateway.call("GET", JOB, credential=token_key.token())
    upstream.answer = kit.Answer(status=403, body=b'{"message":"Forbidden"}')
    pictory = gateway.call("GET", JOB, credential=token_key.token())
    assert gateway.log_of(edge)["reason"] == "upstream_edge_refused"
    assert gateway.log_of(pictory)["reason"] == "ok"
    assert {gateway.log_of(reply)["decision"] for reply in (edge, pictory)} == {"allow"}


def test_log_when_all_is_said_then_it_holds_no_credential_query_or_path(
    gateway: Any, token_key: Any, upstream: Any, kit: Any
) -> None:
    token = token_key.token()
    gateway.call("GET", "/pictoryapis/v1/jobs?nextPageKey=private-page", credential=token)
    gateway.call("GET", "/pictoryapis/v1/private-path?private-page", credential=f"Bearer {token}")
    last = gateway.call("GET", JOB, credential=token)
    gateway.log_of(last)
    written = (gateway.directory / "access.log").read_text() + gateway.errors()
    assert upstream.received
    for private in (token, token.split(".")[1], kit.api_key, "private-page", "private-path", "Bearer"):
        assert private not in written


def test_health_when_asked_then_it_is_answered_without_credential_and_not_logged(gateway: Any) -> None:
    before = len(gateway.log())
    assert gateway.call("GET", "/healthz", credential=None).status == 200
    other = gateway.call("GET", "/healthz/", credential=None)
    assert (other.status, other.code) == (401, "credential_missing")
    gateway.log_of(other)
    assert len(gateway.log()) == before + 1


@pytest.mark.parametrize(
    ("request_bytes", "status", "code"),
    [
        (b"GET / HTTP/1.0\r\n\r\n", 426, "http_version_unsupported"),
        (b"NONSENSE\r\n\r\n", 400, "request_invalid"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "request_invalid"),
        (b"GET / HTTP/1.1\r\nHost: x\r\na_b: 1\r\n\r\n", 400, "request_invalid"),
        (b"GET / HTTP/1.1\r\nHost: x\r\na b: 1\r\n\r\n", 400, "request_invalid"),
        (b"GET / HTTP/1.1\r\nHost: x\r\na: 1\0\r\n\r\n", 400, "request_invalid"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: 1\r\n" * 70 + b"\r\n", 431, "headers_too_large"),
        (b"GET / HTTP/1.1\r\nHost: x\r\na: " + b"1" * 30_000 + b"\r\n\r\n", 431, "headers_too_large"),
        (b"GET /" + b"a" * 30_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431, "headers_too_large"),
    ],
)
def test_request_when_malformed_then_a_named_refusal(
    gateway: Any, request_bytes: bytes, status: int, code: str, upstream: Any, kit: Any
) -> None:
    head, _, body = gateway.raw(request_bytes).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    document = json.loads(body)
    assert (document["code"], set(document)) == (code, {"code", "message", "request_id"})
    line = kit.eventually(
        lambda: next((one for one in gateway.log() if one["request_id"] == document["request_id"]), None),
        what="a log line",
    )
    assert (line["decision"], line["reason"]) == ("refuse", code)
    assert not upstream.received


def test_admin_when_asked_for_more_than_the_sidecar_needs_then_403(gateway: Any) -> None:
    assert gateway.admin("GET", "/ready")[0] == 200
    for path in ("/config_dump", "/certs", "/clusters", "/server_info", "/quitquitquit", "/"):
        assert gateway.admin("GET", path)[0] == 403
    assert (gateway.directory / "admin.sock").stat().st_mode & 0o777 == 0o600
