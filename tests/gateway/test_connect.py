"""CONNECT to Pictory's asset hosts: who may, where to, and what may go through."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.envoy

HOST = "video.pictory.ai"
TARGET = f"{HOST}:443"
GET = b"GET /result.mp4 HTTP/1.1\r\nHost: video.pictory.ai\r\n\r\n"


@pytest.mark.parametrize("form", ["bearer", "basic", "basic without user"])
def test_tunnel_when_granted_then_tls_ends_at_the_host_and_one_line_tells_of_it(
    tunnel: Any, token_key: Any, assets: Any, line_of: Any, kit: Any, form: str
) -> None:
    token = token_key.token("studio")
    credential = {
        "bearer": f"Bearer {token}",
        "basic": kit.basic(token),
        "basic without user": kit.basic(token, user=""),
    }[form]
    assets.reset()
    one = tunnel()
    reply = one.ask(TARGET, credential)
    assert reply.status == 200
    one.start_tls(HOST)
    assert one.request(GET).startswith(b"HTTP/1.1 200")
    one.close()
    [received] = assets.received
    # Nothing of the gateway's goes in: not its headers, not its credential.
    assert [name.lower() for name, _ in received.headers] == ["host"]
    line = line_of(reply)
    assert (line["client"], line["host"], line["decision"], line["reason"]) == ("studio", HOST, "allow", "ok")
    assert line["bytes_received"] > len(GET)
    assert line["bytes_sent"] > 0
    assert token not in str(line)


@pytest.mark.parametrize(
    ("credential", "code"),
    [
        (None, "tunnel_credential_missing"),
        ("", "tunnel_credential_missing"),
        ("{token}", "tunnel_credential_malformed"),
        ("Bearer", "tunnel_credential_malformed"),
        ("Basic", "tunnel_credential_malformed"),
        ("Basic !!!", "tunnel_credential_malformed"),
        ("Digest {token}", "tunnel_credential_malformed"),
        ("Bearer x", "tunnel_credential_malformed"),
        ("bearer {token}", "tunnel_credential_malformed"),
        ("Bearer  {token}", "tunnel_credential_malformed"),
        ("Bearer {high}", "tunnel_credential_malformed"),
        ("basic:a:{high}", "tunnel_credential_malformed"),
        ("basic in lower case", "tunnel_credential_malformed"),
        ("Bearer {forged}", "tunnel_credential_invalid"),
        ("Bearer {expired}", "tunnel_credential_invalid"),
        ("Bearer {elsewhere}", "tunnel_credential_invalid"),
        ("basic:any:{forged}", "tunnel_credential_invalid"),
        ("basic:any:", "tunnel_credential_malformed"),
        # The credential belongs behind the colon.
        ("basic:{token}:", "tunnel_credential_malformed"),
        ("basic:{token}", "tunnel_credential_malformed"),
        ("basic:a:\r\nx-pictory-egress-basic: :{token}", "tunnel_credential_malformed"),
        ("basic:a\x00b:{token}", "tunnel_credential_malformed"),
        ("basic:a\n:{token}", "tunnel_credential_malformed"),
        ("basic:a\n:{high}", "tunnel_credential_malformed"),
        ("basic:any:{token}\n", "tunnel_credential_malformed"),
        ("basic:any:{token} ", "tunnel_credential_malformed"),
        ("basic:any:{token}=", "tunnel_credential_malformed"),
    ],
)  # fmt: skip
def test_credential_when_missing_or_wrong_then_407_with_a_challenge(
    tunnel: Any, kit: Any, token_key: Any, line_of: Any, credential: str | None, code: str
) -> None:
    tokens = {
        "token": token_key.token("studio"),
        "forged": kit.TokenKey().token("studio", header={"kid": token_key.jwk["kid"]}),
        "expired": token_key.token("studio", exp=1),
        "elsewhere": token_key.token("studio", aud="another"),
        "high": token_key.token("studio", sign=token_key.sign_high),
    }
    if credential == "basic in lower case":
        credential = kit.basic(tokens["token"]).replace("Basic", "basic")
    if credential is not None:
        credential = credential.format(**tokens)
        if credential.startswith("basic:"):
            text = credential.removeprefix("basic:").encode()
            credential = "Basic " + base64.b64encode(text).decode()
    reply = tunnel().ask(TARGET, credential)
    assert (reply.status, reply.code) == (407, code)
    assert reply.headers["proxy-authenticate"] == 'Basic realm="pictory-egress"'
    line = line_of(reply)
    assert (line["decision"], line["reason"], line["client"]) == ("refuse", code, None)


def test_header_of_ours_when_a_caller_sends_it_then_it_is_no_credential(tunnel: Any, token_key: Any) -> None:
    own = f"x-pictory-egress-basic: any:{token_key.token('studio')}"
    reply = tunnel().send(f"CONNECT {TARGET} HTTP/1.1\r\nHost: x\r\n{own}\r\n\r\n".encode())
    assert (reply.status, reply.code) == (407, "tunnel_credential_missing")


JUDGED = {
    "hop by hop": "Connection: proxy-authorization",
    "another host": "Host: api.pictory.ai:443",
}
REFUSED = {
    "credential twice": (("Proxy-Authorization: {bearer}",), 407, "tunnel_credential_malformed"),
    "credential twice, of another": (("Proxy-Authorization: {other}",), 407, "tunnel_credential_malformed"),
    "Basic beside Bearer": (("Proxy-Authorization: {basic}",), 407, "tunnel_credential_malformed"),
    "nonsense beside it": (("Proxy-Authorization: Bearer x",), 407, "tunnel_credential_malformed"),
    "nothing beside it": (("Proxy-Authorization:",), 407, "tunnel_credential_malformed"),
    "a length": (("Content-Length: 5",), 400, "request_invalid"),
    "chunks": (("Transfer-Encoding: chunked",), 400, "request_invalid"),
    "length and chunks": (("Content-Length: 5", "Transfer-Encoding: chunked"), 400, "request_invalid"),
    "an unknown coding": (("Transfer-Encoding: identity",), 400, "request_invalid"),
    "an underscore": (("Proxy_Authorization: {bearer}",), 400, "request_invalid"),
    "a socket": (("Connection: Upgrade", "Upgrade: websocket"), 403, "tunnel_target_refused"),
    "another protocol": ((":protocol: connect-udp",), 400, "request_invalid"),
    "a control character": (("X: a\x01b",), 400, "request_invalid"),
}


@pytest.fixture
def ask_oddly(tunnel: Any, kit: Any, token_key: Any) -> Callable[..., Any]:
    """A request of studio's, with more lines."""

    def ask(*lines: str) -> Any:
        tokens = [token_key.token(client) for client in ("studio", "downloads")]
        words = {
            "bearer": f"Bearer {tokens[0]}",
            "other": f"Bearer {tokens[1]}",
            "basic": kit.basic(tokens[0]),
        }
        head = (f"CONNECT {TARGET} HTTP/1.1", "Host: x", "Proxy-Authorization: {bearer}")
        text = "\r\n".join((*(line.format(**words) for line in (*head, *lines)), "", ""))
        one = tunnel()
        return one, one.send(text.encode("latin-1"))

    return ask


@pytest.mark.parametrize("line", JUDGED.values(), ids=JUDGED.keys())
def test_request_when_it_says_things_twice_then_what_was_judged_counts(
    ask_oddly: Callable[..., Any], assets: Any, line_of: Any, line: str
) -> None:
    assets.reset()
    one, reply = ask_oddly(line)
    assert reply.status == 200
    one.start_tls(HOST)
    assert one.request(GET).startswith(b"HTTP/1.1 200")
    one.close()
    logged = line_of(reply)
    assert (logged["client"], logged["host"], logged["reason"]) == ("studio", HOST, "ok")
    assert len(assets.received) == 1


@pytest.mark.parametrize(("lines", "status", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_request_when_not_plainly_connect_then_refused_and_nothing_opens(
    ask_oddly: Callable[..., Any], assets: Any, line_of: Any, lines: Any, status: int, code: str
) -> None:
    assets.reset()
    _, reply = ask_oddly(*lines)
    assert (reply.status, reply.code) == (status, code)
    logged = line_of(reply)
    assert (logged["decision"], logged["reason"]) == ("refuse", code)
    assert not assets.handshakes


@pytest.mark.parametrize("client", ["reports", "nobody"])
def test_client_when_not_granted_then_403(
    tunnel: Any, token_key: Any, line_of: Any, assets: Any, client: str
) -> None:
    assets.reset()
    reply = tunnel().ask(TARGET, f"Bearer {token_key.token(client)}")
    assert (reply.status, reply.code) == (403, "tunnel_not_granted")
    assert line_of(reply)["client"] == client
    assert not assets.received


@pytest.mark.parametrize(
    "target",
    [
        "api.pictory.ai:443",
        "dev-api.pictory.ai:443",
        "example.com:443",
        "pictory-api-prod.s3.us-east-2.amazonaws.com.example.com:443",
        "other.s3.us-east-2.amazonaws.com:443",
        f"x.{HOST}:443",
        "ideo.pictory.ai:443",
        f"{HOST}.:443",
        f"{HOST}:80",
        f"{HOST}:8443",
        f"{HOST}:4430",
        f"{HOST}:0443",
        "127.0.0.1:443",
        "169.254.169.254:443",
        "[::1]:443",
        "[::ffff:127.0.0.1]:443",
        "2130706433:443",
        "localhost:443",
    ],
)
def test_target_when_no_asset_host_and_443_then_403(
    tunnel: Any, bearer: str, line_of: Any, assets: Any, target: str
) -> None:
    assets.reset()
    reply = tunnel().ask(target, bearer)
    assert (reply.status, reply.code) == (403, "tunnel_target_refused")
    line = line_of(reply)
    assert (line["host"], line["decision"], line["reason"]) == (target, "refuse", "tunnel_target_refused")
    assert not assets.received


@pytest.mark.parametrize(
    "target",
    [
        HOST, f"{HOST}:", f"{HOST}:x", f"https://{TARGET}/", f"user@{TARGET}", f"{TARGET}/", f"{TARGET}?a", f"{HOST}:443:443",
        f"{HOST}%2e:443", "*:443", "/", "",
    ],
)  # fmt: skip
def test_target_when_malformed_then_it_is_refused(tunnel: Any, bearer: str, assets: Any, target: str) -> None:
    assets.reset()
    reply = tunnel().ask(target, bearer)
    assert reply.status in (400, 403)
    assert reply.headers["x-pictory-egress-reason"] in ("request_invalid", "tunnel_target_refused")
    assert not assets.received


def test_host_when_written_in_capitals_then_it_is_the_same_host(
    tunnel: Any, bearer: str, line_of: Any
) -> None:
    one = tunnel()
    reply = one.ask(TARGET.upper(), bearer)
    assert reply.status == 200
    one.start_tls(HOST.upper())
    one.close()
    assert (line_of(reply)["host"], line_of(reply)["reason"]) == (HOST, "ok")


@pytest.mark.parametrize("name", ["api.pictory.ai", "dg516uv4r33q1.cloudfront.net", f"x.{HOST}", None])
def test_sni_when_not_the_host_then_nothing_goes_out(
    tunnel: Any, bearer: str, assets: Any, line_of: Any, name: str | None
) -> None:
    assets.reset()
    one = tunnel()
    reply = one.ask(TARGET, bearer)
    assert reply.status == 200
    with pytest.raises(ConnectionError):
        one.start_tls(name)
    line = line_of(reply)
    assert (line["decision"], line["reason"], line["client"]) == ("refuse", "tunnel_sni_refused", "studio")
    assert not assets.handshakes


@pytest.mark.parametrize("early", [True, False], ids=["with the request", "after the answer"])
@pytest.mark.parametrize("data", [GET, b"SSH-2.0-x\r\n", b"\x16\x03\x01\x00\x05hello", b"\x00" * 600])
def test_tunnel_when_not_used_for_tls_then_it_is_closed(
    tunnel: Any, bearer: str, assets: Any, line_of: Any, data: bytes, early: bool
) -> None:
    assets.reset()
    one = tunnel()
    reply = one.ask(TARGET, bearer, early=data if early else b"")
    assert reply.status == 200
    if not early:
        one.outer.sendall(data)
    assert one.closed(seconds=5)
    assert line_of(reply)["reason"] == "tunnel_sni_refused"
    assert not assets.handshakes


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("target", [f"http://{HOST}/x", f"https://{HOST}/x"])
def test_request_when_other_than_connect_then_405(
    tunnel: Any, bearer: str, assets: Any, line_of: Any, method: str, target: str
) -> None:
    assets.reset()
    reply = tunnel().ask(target, bearer, method=method)
    assert (reply.status, reply.code) == (405, "tunnel_only")
    assert reply.headers["allow"] == "CONNECT"
    assert line_of(reply)["reason"] == "tunnel_only"
    assert not assets.received


def test_path_when_asked_of_the_proxy_then_405_and_the_health_check_answers(tunnel: Any, bearer: str) -> None:
    def get(path: str, headers: str = "") -> Any:
        return tunnel().send(f"GET {path} HTTP/1.1\r\nHost: proxy.example.com\r\n{headers}\r\n".encode())

    assert get("/healthz").status == 200
    assert get("/pictoryapis/v1/jobs").status == 407
    assert get("/pictoryapis/v1/jobs", f"Proxy-Authorization: {bearer}\r\n").status == 405


def test_connect_when_sent_to_the_api_then_it_is_refused(proxy: Any, token_key: Any, assets: Any) -> None:
    assets.reset()
    for target in (TARGET, "api.pictory.ai:443"):
        request = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nAuthorization: {token_key.token('studio')}\r\n\r\n"
        answer = proxy.raw(request.encode())
        assert answer.split(b" ")[1] in (b"400", b"403", b"404")
        assert b"x-pictory-egress-reason: " in answer
    assert not assets.received


def test_tunnels_when_open_at_once_then_each_is_logged_as_its_own_clients(
    tunnel: Any, token_key: Any, line_of: Any
) -> None:
    opened = []
    for number in range(10):
        client = ("studio", "downloads")[number % 2]
        one = tunnel()
        reply = one.ask(TARGET, f"Bearer {token_key.token(client)}")
        one.start_tls(HOST)
        opened.append((one, reply, client))
    for one, _, _ in opened:
        one.close()
    assert [line_of(reply)["client"] for _, reply, _ in opened] == [client for _, _, client in opened]


def test_client_when_it_leaves_before_it_sends_then_the_line_says_so(
    tunnel: Any, bearer: str, line_of: Any
) -> None:
    one = tunnel()
    reply = one.ask(TARGET, bearer)
    one.close()
    line = line_of(reply)
    assert (line["decision"], line["reason"], line["bytes_sent"]) == ("allow", "caller_gone", 0)


def test_tunnel_when_asked_for_by_http_1_0_then_426_says_what_to_use(
    tunnel: Any, bearer: str, assets: Any
) -> None:
    assets.reset()
    for lines in ("", f"Host: {TARGET}\r\n"):
        request = f"CONNECT {TARGET} HTTP/1.0\r\n{lines}Proxy-Authorization: {bearer}\r\n\r\n"
        reply = tunnel().send(request.encode())
        assert (reply.status, reply.code) == (426, "http_version_unsupported")
        assert "accept_http_10" in json.loads(reply.body)["message"]
    assert not assets.received


@pytest.mark.parametrize("host", ["x", "api.pictory.ai:443"])
def test_connect_when_its_host_header_differs_then_the_target_alone_counts(
    proxy: Any, kit: Any, bearer: str, host: str
) -> None:
    # Envoy drops Host from CONNECT before any filter sees it: how many there are and what they say plays no part.
    for target, status in (("video.pictory.ai:443", 200), ("example.com:443", 403)):
        one = kit.Tunnel(proxy)
        lines = (
            f"CONNECT {target} HTTP/1.1\r\nHost: {host}\r\nHost: b\r\nProxy-Authorization: {bearer}\r\n\r\n"
        )
        assert one.send(lines.encode()).status == status
        one.close()
