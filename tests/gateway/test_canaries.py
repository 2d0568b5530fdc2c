"""Nothing that a caller, or Pictory, sends is ever written into a log: a word of its own in each place where one fits."""

import base64
import contextlib
import http.client
import itertools
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.gateway.settings import Client
from tests.gateway.running import way_out
from tests.gateway.wire import Wire, request

pytestmark = pytest.mark.envoy

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
LIST = "/pictoryapis/v1/jobs"
STORYBOARD = "/pictoryapis/v2/video/storyboard"
ASSETS = "video.pictory.ai"
SIGNED = "https://hooks.example.com/x?X-Amz-Signature={}"
JSON = b"Content-Type: application/json"


@pytest.fixture(scope="module")
def gateway(
    kit: Any, authority: Any, token_key: Any, volume: Path, upstream: Any, resolver: Any
) -> Iterator[Any]:
    """One with both listeners."""
    keys = kit.KeyServer(volume / "sidecar.sock", [token_key.jwk])
    running = kit.Gateway(
        directory=volume,
        settings=kit.gateway_settings(
            min_tasks=1, upstream=way_out(upstream.port, resolver), connect={"domain": "proxy.example.com"}
        ),
        clients=[
            Client(
                name="reports",
                permissions=("jobs.read", "jobs.list", "storyboards.write", "assets.connect"),
                allowed_hosts=("hooks.example.com",),
                rate_per_minute=100_000,
            )
        ],
        authority=authority,
    )
    resolver.addresses[:] = ["127.0.0.1"]
    yield running
    running.close()
    keys.close()


class Words:
    """A word for each place, and later the lines that one was written into."""

    _numbers = itertools.count(100)

    def __init__(self) -> None:
        self.places: dict[str, str] = {}

    def new(self, place: str) -> str:
        word = f"canary{next(self._numbers)}bird"
        self.places[word] = place
        return word

    def found(self, text: str) -> list[str]:
        return [
            f"{place}: {line}"
            for line in text.splitlines()
            for word, place in self.places.items()
            if word in line.lower()
        ]


def written(gateway: Any, token_key: Any) -> str:
    """All that Envoy and the inspector have written, once the last call is in it."""
    gateway.log_of(gateway.call("GET", JOB, credential=token_key.token()))
    return (gateway.directory / "access.log").read_text() + gateway.errors() + str(gateway.inspector.log())


def body(document: Any) -> tuple[list[bytes], bytes]:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return [JSON, b"Content-Length: %d" % len(content)], content


TARGETS = {
    "query of a granted call": LIST + "?nextPageKey={}",
    "query that is not taken": JOB + "?{}=1",
    "path of nothing": "/pictoryapis/v1/{}",
    "path outside": "/{}",
    "segment with a parameter": JOB + ";{}",
    "fragment": JOB + "#{}",
    "escaped slash": "/pictoryapis%2f{}",
    "absolute form, with user": "https://me:{}@gateway.example.com" + JOB,
    "long path": "/{}" + "a" * 30_000,
    "no path": "{}",
}
LINES = {
    "header": "X-Other: {}",
    "name of a header": "X-{}: 1",
    "name with an underscore": "x_{}: 1",
    "name that is none": "x {}: 1",
    "value that is none": "X-Other: {}\0",
    "user agent": "User-Agent: {}",
    "cookie": "Cookie: session={}",
    "referer": "Referer: https://inner/{}",
    "forwarded": "X-Forwarded-For: {}",
    "Pictory user": "X-Pictory-User-Id: {}",
    "request id": "X-Request-Id: {}",
    "trace": "Traceparent: 00-{}-01",
    "transfer coding": "Transfer-Encoding: {}",
    "length": "Content-Length: {}",
    "expectation": "Expect: {}",
    "upgrade": "Connection: Upgrade\r\nUpgrade: {}",
    "hop by hop": "Connection: {}",
    "second credential": "Authorization: {}",
    "retry": "X-Envoy-Retry-On: {}",
    "no header": "{}",
}
CREDENTIALS = {
    "no token": "{}",
    "no token after Bearer": "Bearer {}",
    "Basic": "Basic {}",
    "a key of Pictory's": "pictai_{}",
}
BODIES = {
    "allowed webhook, signed": {"webhook": SIGNED},
    "webhook of another host": {"webhook": "https://evil.example/{}?X-Amz-Signature={}"},
    "name of another host": {"webhook": "https://{}.evil.example/"},
    "user in a URL": {"webhook": "https://{}@hooks.example.com/"},
    "URL that is none": {"webhook": "https:///{}"},
    "key": {"{}": {"webhook": "https://evil.example/"}},
    "text": {"videoName": "{}"},
    "connection": {"destinations": [{"type": "aws", "connectionId": "{}"}], "awsConnectionId": "{}"},
}
RAW_BODIES = {
    "no JSON": b"{}",
    "key given twice": b'{"{}":1,"{}":2}',
    "cut short": b'{"a":"{}',
    "no UTF-8": b'{"a":"{}\xff"}',
    "more behind it": b'{"a":1}{}',
}


def test_log_when_calls_carry_words_in_every_place_then_none_is_written_down(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    words, token = Words(), token_key.token()

    def send(data: bytes) -> None:
        with Wire(gateway) as wire:
            wire.send(data)
            with contextlib.suppress(TimeoutError):
                wire.read(timeout=0.1)

    for place, target in TARGETS.items():
        send(request("GET", target.format(words.new(place)), token=token))
    for place, line in LINES.items():
        send(request("GET", JOB, token=token, headers=[line.format(words.new(place)).encode()]))
    for place, credential in CREDENTIALS.items():
        send(request("GET", JOB, token=credential.format(words.new(place))))
    for place, document in BODIES.items():
        text = json.dumps(document).replace("{}", words.new(place))
        headers, content = body(text.encode())
        send(request("POST", STORYBOARD, token=token, headers=headers, body=content))
    for place, raw in RAW_BODIES.items():
        headers, content = body(raw.replace(b"{}", words.new(place).encode()))
        send(request("POST", STORYBOARD, token=token, headers=headers, body=content))
    chunked = [JSON, b"Transfer-Encoding: chunked"]
    extension = b"2;%s\r\n{}\r\n0\r\n%s: 1\r\n\r\n" % (
        words.new("extension of a chunk").encode(),
        words.new("trailer").encode(),
    )
    send(request("POST", STORYBOARD, token=token, headers=chunked, body=extension))
    send(
        request(
            "POST", STORYBOARD, token=token, headers=chunked, body=words.new("no chunk").encode() + b"\r\n"
        )
    )
    send(request(words.new("method").upper(), JOB, token=token))
    send(b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % words.new("host").encode())
    send(b"GET / %s\r\n\r\n" % words.new("version").encode())
    send(words.new("no HTTP").encode() + b"\r\n\r\n")
    send(b"GET %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nAuthorization: %s\r\n\r\n" % (
        JOB.encode(), words.new("content type").encode(), token.encode(),
    ))  # fmt: skip
    # A refused host is named to the operator, who may want to allow it: that much of a body, and in one place.
    (line,) = words.found(written(gateway, token_key))
    assert line.startswith("name of another host: ")
    assert json.loads(line.partition(": ")[2])["event"] == "body_refused"
    assert len(words.places) > 50
    assert any(words.found(seen.target) for seen in upstream.received), "the granted query went out"


def test_log_when_tokens_carry_words_in_every_claim_then_none_is_written_down(
    gateway: Any, token_key: Any, kit: Any
) -> None:
    words, tokens = Words(), [token_key.token(), kit.TokenKey().token()]
    for claim in ("iss", "aud", "jti", "kid_hint", "email"):
        tokens.append(token_key.token(**{claim: words.new(f"claim {claim}")}))
    for name in ("kid", "alg", "typ", "jku"):
        tokens.append(token_key.token(header={name: words.new(f"header {name}")}))
    payload = (
        base64.urlsafe_b64encode(json.dumps({"sub": words.new("unsigned")}).encode()).rstrip(b"=").decode()
    )
    tokens.append(f"eyJhbGciOiJub25lIn0.{payload}.")
    for number, token in enumerate(tokens):
        gateway.call("GET", JOB, credential=("", "Bearer ")[number % 2] + token)
        one = kit.Tunnel(gateway)
        one.send(
            f"CONNECT {ASSETS}:443 HTTP/1.1\r\nHost: x\r\nProxy-Authorization: {kit.basic(token)}\r\n\r\n".encode()
        )
        one.close()
    text = written(gateway, token_key)
    assert words.found(text) == []
    for token in (*tokens, kit.api_key):
        for part in token.split("."):
            assert len(part) < 10 or part not in text


def test_log_when_pictory_answers_with_words_in_every_place_then_none_is_written_down(
    gateway: Any, token_key: Any, upstream: Any, kit: Any
) -> None:
    words, token = Words(), token_key.token()
    for name in (
        "Location",
        "Set-Cookie",
        "Server",
        "X-Other",
        "Content-Type",
        "Retry-After",
        "X-Request-Id",
    ):
        # Not 401: a read waits for the next key then.
        for status in (200, 302, 403, 429, 500):
            value = SIGNED.format(words.new(f"{name} of {status}"))
            upstream.answer = kit.Answer(
                status=status, headers=((name, value),), body=words.new(f"body of {status}").encode()
            )
            gateway.call("GET", JOB, credential=token)

    def broken(data: bytes) -> Any:
        def before(handler: Any) -> None:
            handler.connection.sendall(data)
            raise ConnectionResetError

        return kit.Answer(before=before)

    for place, data in {
        "no HTTP": "{}\r\n\r\n", "reason": "HTTP/1.1 200 {}\r\nContent-Length: 9\r\n\r\n",
        "name of a header": "HTTP/1.1 200 OK\r\n{} x: 1\r\n\r\n", "header": "HTTP/1.1 200 OK\r\nA: {}\0\r\n\r\n",
        "version": "HTTP/{} 200 OK\r\n\r\n", "status": "HTTP/1.1 {} OK\r\n\r\n",
        "chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}\r\n",
    }.items():  # fmt: skip
        upstream.answer = broken(data.format(words.new(f"broken {place}")).encode())
        with contextlib.suppress(http.client.HTTPException):
            gateway.call("GET", JOB, credential=token)
    upstream.reset()
    assert words.found(written(gateway, token_key)) == []


CONNECTS = {
    "user of the target": "me:{}@" + ASSETS + ":443",
    "path of the target": ASSETS + "/{}:443",
    "query of the target": ASSETS + "?X-Amz-Signature={}:443",
    "URL as the target": "https://" + ASSETS + "/x?X-Amz-Signature={}",
    "fragment of the target": ASSETS + "#{}:443",
    "port of the target": ASSETS + ":{}",
}


def test_log_when_tunnels_are_asked_for_with_words_in_every_place_then_none_is_written_down(
    gateway: Any, token_key: Any, kit: Any
) -> None:
    words, good = Words(), f"Proxy-Authorization: Bearer {token_key.token()}"

    def ask(target: str, *lines: str, method: str = "CONNECT") -> Any:
        one = kit.Tunnel(gateway)
        with contextlib.suppress(ConnectionError, TimeoutError, ValueError):
            one.send("\r\n".join((f"{method} {target} HTTP/1.1", "Host: x", *lines, "", "")).encode())
        return one

    for place, target in CONNECTS.items():
        ask(target.format(words.new(place)), good).close()
        ask(target.format(words.new(f"{place}, unasked"))).close()
    for place, line in LINES.items():
        ask(f"{ASSETS}:443", good, line.format(words.new(place))).close()
    for place, credential in CREDENTIALS.items():
        ask(f"{ASSETS}:443", "Proxy-Authorization: " + credential.format(words.new(place))).close()
    basic = kit.basic(words.new("password"), user=words.new("user"))
    ask(f"{ASSETS}:443", f"Proxy-Authorization: {basic}").close()
    ask(f"/{words.new('path')}?{words.new('query')}", good, method="GET").close()
    ask(f"{ASSETS}:443", good, method=words.new("method").upper()).close()
    one = ask(f"{ASSETS}:443", good)
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        one.start_tls(words.new("name in TLS") + ".example.com")
    one.close()
    one = ask(f"{ASSETS}:443", good)
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        one.outer.sendall(words.new("no TLS").encode())
        one.closed(seconds=1)
    one.close()
    assert words.found(written(gateway, token_key)) == []
