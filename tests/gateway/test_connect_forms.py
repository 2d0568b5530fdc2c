"""Requests for tunnels that HTTP/1.1's grammar does not have, or that it has for others.

Envoy refuses some. The rest it reads in one way, the same as at the listener of the API: docs/refusals.md lists them.
"""

from typing import Any

import pytest

pytestmark = pytest.mark.envoy

HOST = "video.pictory.ai"
TARGET = f"{HOST}:443"
GET = f"GET /result.mp4 HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()

REFUSED = {
    "space before a colon": "CONNECT {target} HTTP/1.1\r\nProxy-Authorization : Bearer {token}\r\n\r\n",
    "tab before a colon": "CONNECT {target} HTTP/1.1\r\nProxy-Authorization\t: Bearer {token}\r\n\r\n",
    "no colon": "CONNECT {target} HTTP/1.1\r\n{credential}X\r\n\r\n",
    "no name": "CONNECT {target} HTTP/1.1\r\n{credential}: a\r\n\r\n",
    "NUL": "CONNECT {target} HTTP/1.1\r\n{credential}X: a\0b\r\n\r\n",
    "delete": "CONNECT {target} HTTP/1.1\r\n{credential}X: a\x7fb\r\n\r\n",
    "method in lower case": "connect {target} HTTP/1.1\r\n{credential}\r\n",
    "version in lower case": "CONNECT {target} http/1.1\r\n{credential}\r\n",
    "asterisk form": "CONNECT * HTTP/1.1\r\n{credential}\r\n",
    "asterisk form of another method": "OPTIONS * HTTP/1.1\r\n{credential}\r\n",
    "authority form of another method": "GET {target} HTTP/1.1\r\n{credential}\r\n",
    "absolute form": "CONNECT https://{target}/ HTTP/1.1\r\n{credential}\r\n",
    "origin form": "CONNECT /{target} HTTP/1.1\r\n{credential}\r\n",
    "length with a leading zero": "CONNECT {target} HTTP/1.1\r\n{credential}Content-Length: 00\r\n\r\n",
    "length with a sign": "CONNECT {target} HTTP/1.1\r\n{credential}Content-Length: +0\r\n\r\n",
    "length of no digits": "CONNECT {target} HTTP/1.1\r\n{credential}Content-Length: x\r\n\r\n",
    "length empty": "CONNECT {target} HTTP/1.1\r\n{credential}Content-Length:\r\n\r\n",
    "two lengths": "CONNECT {target} HTTP/1.1\r\n{credential}Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
}

ONE_MEANING = {
    "continued line": "CONNECT {target} HTTP/1.1\r\n{credential}X: a\r\n b\r\n\r\n",
    "credential on a continued line": (
        "CONNECT {target} HTTP/1.1\r\nProxy-Authorization: Bearer\r\n {token}\r\n\r\n"
    ),
    "bare line feeds": "CONNECT {target} HTTP/1.1\n{credential}\n",
    "carriage return in a value": "CONNECT {target} HTTP/1.1\r\nProxy-Authorization: Bearer \r{token}\r\n\r\n",
    "tabs in the request line": "CONNECT\t{target}\tHTTP/1.1\r\n{credential}\r\n",
    "tab after a colon": "CONNECT {target} HTTP/1.1\r\nProxy-Authorization:\tBearer {token}\r\n\r\n",
    "spaces after a value": "CONNECT {target} HTTP/1.1\r\nProxy-Authorization: Bearer {token} \t\r\n\r\n",
    "two spaces": "CONNECT  {target}  HTTP/1.1\r\n{credential}\r\n",
    "space after the version": "CONNECT {target} HTTP/1.1 \r\n{credential}\r\n",
    "empty lines before": "\r\n\nCONNECT {target} HTTP/1.1\r\n{credential}\r\n",
    "no host": "CONNECT {target} HTTP/1.1\r\n{credential}\r\n",
    "two hosts": "CONNECT {target} HTTP/1.1\r\nHost: api.pictory.ai\r\nHost: b\r\n{credential}\r\n",
    "host without a port": "CONNECT {target} HTTP/1.1\r\nHost: video.pictory.ai\r\n{credential}\r\n",
}


def filled(template: str, token: str) -> bytes:
    credential = f"Proxy-Authorization: Bearer {token}\r\n"
    return template.format(target=TARGET, token=token, credential=credential).encode("latin-1")


@pytest.mark.parametrize("template", REFUSED.values(), ids=REFUSED.keys())
def test_connect_when_of_a_form_that_envoy_refuses_then_400(
    tunnel: Any, token_key: Any, assets: Any, line_of: Any, template: str
) -> None:
    assets.reset()
    reply = tunnel().send(filled(template, token_key.token("studio")))
    assert (reply.status, reply.code) == (400, "request_invalid")
    assert (line_of(reply)["decision"], line_of(reply)["reason"]) == ("refuse", "request_invalid")
    assert not assets.handshakes


@pytest.mark.parametrize("template", ONE_MEANING.values(), ids=ONE_MEANING.keys())
def test_connect_when_envoy_reads_it_all_the_same_then_the_target_counts(
    tunnel: Any, token_key: Any, assets: Any, line_of: Any, template: str
) -> None:
    assets.reset()
    one = tunnel()
    reply = one.send(filled(template, token_key.token("studio")))
    assert reply.status == 200
    one.start_tls(HOST)
    assert one.request(GET).startswith(b"HTTP/1.1 200")
    one.close()
    line = line_of(reply)
    assert (line["client"], line["host"], line["reason"]) == ("studio", HOST, "ok")
    [seen] = assets.received
    assert [(name.lower(), value) for name, value in seen.headers] == [("host", HOST)]
