"""Bodies by way of the real Envoy and the real inspector: what is refused reaches nobody."""

import json
import re
import signal
from typing import Any

import pytest

from pictory_egress.gateway.envoy import inspection as envoy_inspection
from pictory_egress.gateway.inspection import SOCKET_VARIABLE
from pictory_egress.gateway.refusals import BY_CODE, REASON_HEADER
from pictory_egress.gateway.runtime.inspection import check, document, hosts, server, workers

pytestmark = pytest.mark.envoy

STORYBOARD = "/pictoryapis/v2/video/storyboard"
JSON = [("Content-Type", "application/json")]
GOOD = (
    b'{"webhook":"https://hooks.example.com/done","scenes":[{"visualUrl":"https://video.pictory.ai/a.mp4"}]}'
)


def post(gateway: Any, token_key: Any, body: bytes, *, client: str = "studio", **more: Any) -> Any:
    headers = [*JSON, *more.pop("headers", [])]
    return gateway.call(
        "POST", STORYBOARD, credential=token_key.token(client), headers=headers, body=body, **more
    )


def test_body_when_it_leads_to_allowed_hosts_then_it_leaves_as_it_came(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    for chunked in (False, True):
        assert post(gateway, token_key, GOOD, chunked=chunked).status == 200
    assert [seen.body for seen in upstream.received] == [GOOD, GOOD]
    assert not [name for name, _ in upstream.received[0].headers if name.lower().startswith("x-inspect")]


REFUSED = {
    "body_not_json": (b'{"webhook":"https://hooks.example.com/\xff"}', "Byte 38 is not UTF-8."),
    "body_duplicate_key": (b'{"webhook":null,"\\u0077ebhook":1}', "An object has a key twice."),
    "body_too_complex": (b"[" * 1024 * 1024, "It has more than 50,000 values."),
    "body_url_invalid": (b'{"webhook":"https://127.1/"}', "webhook: The URL has an IP address for host."),
    "body_host_not_allowed": (
        b'{"scenes":[{"visualUrl":"https://evil.example/?secret=1"}]}', "scenes[0].visualUrl: evil.example is not allowed."
    ),
    "body_connection_not_allowed": (b'{"awsConnectionId":"theirs"}', "awsConnectionId: This connection is not allowed."),
}  # fmt: skip


@pytest.mark.parametrize("chunked", [False, True], ids=["plain", "chunked"])
@pytest.mark.parametrize("code", envoy_inspection.INSPECTED)
def test_body_when_refused_then_the_answer_and_the_log_say_why_and_nothing_leaves(
    gateway: Any, token_key: Any, upstream: Any, code: str, chunked: bool
) -> None:
    body, where = REFUSED[code]
    reply = post(gateway, token_key, body, chunked=chunked)
    assert (reply.status, reply.code) == (BY_CODE[code].status, code)
    assert json.loads(reply.body)["message"] == f"{BY_CODE[code].message} {where}"
    assert reply.headers[REASON_HEADER] == code
    line = gateway.log_of(reply)
    assert (line["decision"], line["reason"], line["client"]) == ("refuse", code, "studio")
    told = next(
        json.loads(text) for text in gateway.inspector.log().splitlines() if line["request_id"] in text
    )
    assert (told["client"], told["operation"], told["reason"]) == ("studio", "storyboards.create", code)
    assert "secret" not in gateway.inspector.log()
    assert not upstream.received


def test_headers_when_a_caller_sends_the_inspectors_own_then_the_tokens_word_counts(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    spoofed = [
        ("x-inspect-client-gateway", "studio"), ("x-inspect-operation", "storyboards.create"),
        ("x-inspect-length", "0"), ("x-envoy-auth-partial-body", "false"),
    ]  # fmt: skip
    reply = post(gateway, token_key, GOOD, client="writer", headers=spoofed)
    assert (reply.status, reply.code) == (403, "body_host_not_allowed")
    again = post(gateway, token_key, GOOD, headers=[("x-inspect-client-gateway", "writer")])
    assert again.status == 200
    assert len(upstream.received) == 1


@pytest.mark.parametrize(
    "headers",
    [
        [("Connection", "x-inspect-client-gateway, content-length")], [("Content-Encoding", "gzip")],
        [("Connection", "Upgrade"), ("Upgrade", "h2c")], [("Connection", "Upgrade"), ("Upgrade", "websocket")],
        [("Expect", "100-continue")], [("X-HTTP-Method-Override", "GET")], [("Content-Length", "0")],
    ],
    ids=["hop-by-hop", "encoding", "h2c", "websocket", "expect", "override", "two lengths"],
)  # fmt: skip
def test_headers_when_made_to_hide_the_body_then_it_is_looked_into_or_refused(
    gateway: Any, token_key: Any, upstream: Any, headers: list[tuple[str, str]]
) -> None:
    reply = post(gateway, token_key, b'{"webhook":"https://evil.example/"}', headers=headers)
    assert reply.status in (400, 403, 415)
    assert not upstream.received


def test_operation_without_json_when_called_then_the_inspector_is_not_asked(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    def asked() -> str:
        return str(
            re.findall(r"cluster\.inspector\.upstream_rq_total: (\d+)", gateway.admin("GET", "/stats")[1])[0]
        )

    before = asked()
    assert gateway.call("GET", "/pictoryapis/v1/quota", credential=token_key.token("single")).status == 200
    octets = [("Content-Type", "application/octet-stream")]
    template = gateway.call(
        "POST", "/pictoryapis/v1/templates", credential=token_key.token("studio"), headers=octets, body=b"\0"
    )
    assert template.status == 200
    assert asked() == before
    assert post(gateway, token_key, GOOD).status == 200
    assert asked() != before


def test_inspector_when_gone_or_silent_then_no_body_leaves_and_reads_go_on(
    gateway: Any, token_key: Any, upstream: Any, kit: Any
) -> None:
    gateway.inspector.signal(signal.SIGSTOP)
    try:
        reply = post(gateway, token_key, GOOD)
        assert (reply.status, reply.code) == (503, "inspection_unavailable")
        assert reply.headers["retry-after"] == "10"
        assert gateway.log_of(reply)["reason"] == "inspection_unavailable"
        assert (
            gateway.call("GET", "/pictoryapis/v1/quota", credential=token_key.token("single")).status == 200
        )
    finally:
        gateway.inspector.signal(signal.SIGCONT)
    assert [seen.method for seen in upstream.received] == ["GET"]
    kit.eventually(lambda: post(gateway, token_key, GOOD).status == 200, what="the inspector answers again")


@pytest.mark.parametrize("size", [0, 60_000, 70_000, 1_000_000])
def test_body_when_one_inspector_is_dead_then_the_other_reads_it(
    gateway: Any, token_key: Any, upstream: Any, kit: Any, size: int
) -> None:
    body = b'{"story":"' + b"a" * size + b'"}'
    kit.eventually(lambda: gateway.healthy_inspectors() == 2, what="Envoy knows both inspectors")
    dead, _ = gateway.inspector.containers
    dead.kill()
    try:
        # At first Envoy does not know it to be dead, and asks it more often than not.
        for _ in range(4):
            assert post(gateway, token_key, body).status == 200
        assert (
            post(gateway, token_key, b'{"webhook":"https://evil.example/"}').code == "body_host_not_allowed"
        )
    finally:
        dead.start()
    assert [len(seen.body) for seen in upstream.received] == [len(body)] * 4


def test_names_when_envoy_and_the_inspector_share_them_then_they_are_the_same() -> None:
    assert server.REASON_HEADER == REASON_HEADER
    assert server.CLIENT_PREFIX == envoy_inspection.CLIENT_HEADER
    assert workers.SOCKET_VARIABLE == SOCKET_VARIABLE
    given = {document.NOT_JSON, document.DUPLICATE_KEY, document.TOO_COMPLEX}
    given |= {hosts.INVALID, hosts.NOT_ALLOWED, check.NO_CONNECTION}
    assert given == set(envoy_inspection.INSPECTED)
