"""Requests that HTTP/1.1's grammar does not have, or has for others, sent to Envoy itself without a load balancer.

Envoy refuses some. The rest it reads in one way and writes anew, so that Pictory sees a request that has one meaning. No
option of Envoy 1.40 refuses those: docs/refusals.md lists them.
"""

import re
from typing import Any

import pytest

pytestmark = pytest.mark.envoy

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"

REFUSED = {
    "absolute form": "GET https://gateway.example.com{job} HTTP/1.1\r\n{host}{credential}\r\n",
    "absolute form of another host": "GET http://api.pictory.ai{job} HTTP/1.1\r\n{host}{credential}\r\n",
    "authority form": "GET gateway.example.com:443 HTTP/1.1\r\n{host}{credential}\r\n",
    "asterisk form": "OPTIONS * HTTP/1.1\r\n{host}{credential}\r\n",
    "space before a colon": "GET {job} HTTP/1.1\r\n{host}{credential}Accept : a\r\n\r\n",
    "tab before a colon": "GET {job} HTTP/1.1\r\n{host}{credential}Accept\t: a\r\n\r\n",
    "no colon": "GET {job} HTTP/1.1\r\n{host}{credential}Accept\r\n\r\n",
    "no name": "GET {job} HTTP/1.1\r\n{host}{credential}: a\r\n\r\n",
    "NUL": "GET {job} HTTP/1.1\r\n{host}{credential}Accept: a\0b\r\n\r\n",
    "control character": "GET {job} HTTP/1.1\r\n{host}{credential}Accept: a\x01b\r\n\r\n",
    "two hosts": "GET {job} HTTP/1.1\r\nHost: a.example\r\n{host}{credential}\r\n",
    "no host": "GET {job} HTTP/1.1\r\n{credential}\r\n",
    "method in lower case": "get {job} HTTP/1.1\r\n{host}{credential}\r\n",
    "version in lower case": "GET {job} http/1.1\r\n{host}{credential}\r\n",
    "folded credential": "GET {job} HTTP/1.1\r\n{host}Authorization: Bearer\r\n {token}x\r\n\r\n",
}

NORMALISED = {
    "continued line": "GET {job} HTTP/1.1\r\n{host}{credential}Accept: a\r\n b\r\n\r\n",
    "bare line feeds": "GET {job} HTTP/1.1\n{host}{credential}Accept: a b\n\n",
    "carriage return in a value": "GET {job} HTTP/1.1\r\n{host}{credential}Accept: a\r b\r\n\r\n",
    "tab after the method": "GET\t{job} HTTP/1.1\r\n{host}{credential}Accept: a b\r\n\r\n",
    "tab before the version": "GET {job}\tHTTP/1.1\r\n{host}{credential}Accept: a b\r\n\r\n",
    "tab after a colon": "GET {job} HTTP/1.1\r\n{host}{credential}Accept:\ta b\r\n\r\n",
    "credential on a continued line": (
        "GET {job} HTTP/1.1\r\n{host}Authorization: Bearer\r\n {token}\r\nAccept: a b\r\n\r\n"
    ),
    "spaces after the credential": (
        "GET {job} HTTP/1.1\r\n{host}Authorization: {token} \t\r\nAccept: a b\r\n\r\n"
    ),
    "carriage return before the credential": (
        "GET {job} HTTP/1.1\r\n{host}Authorization: \r{token}\r\nAccept: a b\r\n\r\n"
    ),
    "two spaces": "GET  {job}  HTTP/1.1\r\n{host}{credential}Accept: a b\r\n\r\n",
    "space after the version": "GET {job} HTTP/1.1 \r\n{host}{credential}Accept: a b\r\n\r\n",
    "empty line before": "\r\nGET {job} HTTP/1.1\r\n{host}{credential}Accept: a b\r\n\r\n",
    "line feed before": "\nGET {job} HTTP/1.1\r\n{host}{credential}Accept: a b\r\n\r\n",
}


def filled(template: str, token: str) -> bytes:
    text = template.format(
        job=JOB, token=token, host="Host: gateway.example.com\r\n", credential=f"Authorization: {token}\r\n"
    )
    return text.encode("latin-1")


@pytest.mark.parametrize("template", REFUSED.values(), ids=REFUSED.keys())
def test_request_when_of_a_form_that_envoy_refuses_then_4xx_and_nothing_leaves(
    gateway: Any, token_key: Any, upstream: Any, template: str
) -> None:
    answer = gateway.raw(filled(template, token_key.token("reports")))
    assert re.match(rb"HTTP/1\.1 4\d\d ", answer), answer[:200]
    assert re.search(rb'"code":"(request_invalid|credential_malformed)"', answer), answer
    assert not upstream.received


@pytest.mark.parametrize("template", NORMALISED.values(), ids=NORMALISED.keys())
def test_request_when_envoy_reads_it_all_the_same_then_it_leaves_with_one_meaning(
    gateway: Any, token_key: Any, upstream: Any, kit: Any, template: str
) -> None:
    answer = gateway.raw(filled(template, token_key.token("reports")))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    [seen] = upstream.received
    assert (seen.method, seen.target) == ("GET", JOB)
    assert seen.header("authorization") == [kit.api_key]
    [accept] = seen.header("accept")
    assert accept in ("a b", "a  b")
    assert not re.search(r"[\x00-\x1f\x7f]", "".join(f"{name}{value}" for name, value in seen.headers))
