"""Headers cross the gateway by its two lists and in no other way: tried with every name that is known, and many that are not."""

import random
import string
from typing import Any

import pytest

from pictory_egress.api.headers import REQUEST_HEADERS, REQUEST_ID_HEADER, RESPONSE_HEADERS, USER_AGENT
from pictory_egress.gateway.refusals import REASON_HEADER
from tests.gateway.wire import Wire, answers, request

pytestmark = pytest.mark.envoy

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"

# Of registries, vendors and Envoy; those that frame a message are tried elsewhere.
_KNOWN = """
accept accept-ch accept-charset accept-datetime accept-encoding accept-language accept-patch accept-ranges
access-control-allow-credentials access-control-allow-headers access-control-allow-methods access-control-allow-origin
access-control-request-headers access-control-request-method age allow alt-svc alt-used authentication-info baggage b3
cache-control cache-status cdn-cache-control cdn-loop cf-connecting-ip cf-ray clear-site-data client-cert client-ip cookie
content-digest content-disposition content-encoding content-language content-location content-md5 content-range
content-security-policy content-type cross-origin-opener-policy date deprecation depth destination digest dnt early-data
etag expect-ct expires fastly-client-ip forwarded from grpc-status grpc-timeout host-override idempotency-key if-match
if-modified-since if-none-match if-range if-unmodified-since keep-alive last-modified link location max-forwards
nel origin permissions-policy pragma prefer priority proxy-authenticate proxy-authentication-info proxy-authorization
proxy-connection proxy-status range referer referrer-policy refresh report-to retry-after save-data sec-ch-ua sec-fetch-dest
sec-fetch-mode server server-timing set-cookie signature signature-input sourcemap strict-transport-security
surrogate-control sunset tcn timing-allow-origin traceparent tracestate tracking true-client-ip user-agent vary via
want-digest warning www-authenticate x-amz-cf-id x-amz-security-token x-amzn-requestid x-amzn-trace-id x-amzn-waf-verdict
x-api-key x-cache x-client-ip x-cluster-client-ip x-content-type-options x-correlation-id x-csrf-token x-datadog-trace-id
x-envoy-attempt-count x-envoy-decorator-operation x-envoy-external-address x-envoy-force-trace x-envoy-internal
x-envoy-ip-tags x-envoy-max-retries x-envoy-original-path x-envoy-ratelimited x-envoy-retry-on x-envoy-retry-grpc-on
x-envoy-upstream-alt-stat-name x-envoy-upstream-rq-timeout-ms x-envoy-upstream-service-time x-forwarded-for
x-forwarded-client-cert x-forwarded-host x-forwarded-port x-forwarded-proto x-frame-options x-http-method-override
x-original-host x-original-url x-ot-span-context x-pictory-customer-id x-pictory-egress-basic x-pictory-egress-reason
x-pictory-egress-slot x-pictory-egress-try-again x-pictory-user-id x-powered-by x-real-ip x-request-id x-request-start
x-rewrite-url x-runtime x-ua-compatible x-url-scheme x-xss-protection
"""
HOP_BY_HOP = ("te", "trailer", "proxy-connection", "keep-alive")
SET_BY_THE_GATEWAY = {"host", "authorization", "user-agent", REQUEST_ID_HEADER}
ITS_OWN = {"server", REQUEST_ID_HEADER, REASON_HEADER, "connection", "content-length"}
A_CALL = 50
NOT_LISTED = ("te", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto")
"""In a list, they make the gateway refuse the request: test_hostile_headers has that."""


def _invented(count: int) -> list[str]:
    """Names that nobody has, the same each time: near to those of the lists, and anything that a name may be."""
    rng = random.Random(20_261_124)
    alphabet = string.ascii_letters + string.digits + "!#$%&'*+-.^`|~"
    listed = [*REQUEST_HEADERS, *RESPONSE_HEADERS]

    def near() -> str:
        name = rng.choice(listed)
        at = rng.randrange(len(name))
        return rng.choice(
            (name[:at] + name[at + 1 :], name[:at] + rng.choice(alphabet) + name[at:], name + "-2")
        )

    names = {
        near() if rng.random() < 0.5 else "".join(rng.choices(alphabet, k=rng.randint(1, 30)))
        for _ in range(count)
    }
    return sorted(name for name in names if name and name.lower() not in ("te", "host", "content-length"))


NAMES = [name for name in (*_KNOWN.split(), *HOP_BY_HOP, *_invented(300)) if name.lower() != "content-length"]
CALLS = [NAMES[start : start + A_CALL] for start in range(0, len(NAMES), A_CALL)]


@pytest.mark.parametrize("listed", [False, True], ids=["as they are", "named in Connection"])
@pytest.mark.parametrize("names", CALLS, ids=[f"from {names[0]}" for names in CALLS])
def test_request_when_it_has_any_header_then_pictory_gets_those_of_the_list_and_what_the_gateway_sets(
    gateway: Any, token_key: Any, upstream: Any, kit: Any, names: list[str], listed: bool
) -> None:
    mark = b"of-the-caller"
    names = [name for name in names if not (listed and name.lower() in NOT_LISTED)]
    lines = [name.encode() + b": " + (b"trailers" if name == "te" else mark) for name in names]
    if listed:
        # Envoy takes a few of these, and refuses the request for more.
        lines.insert(0, b"Connection: " + ", ".join(names[::12]).encode())
    with Wire(gateway) as wire:
        wire.send(request("GET", JOB, token=token_key.token(), headers=lines))
        [reply] = answers(wire.rest(expected=1)[0])
    assert reply.status == 200
    [seen] = upstream.received
    got = {name.lower() for name, _ in seen.headers}
    assert got - SET_BY_THE_GATEWAY <= set(REQUEST_HEADERS)
    if not listed:
        assert got - SET_BY_THE_GATEWAY == {name.lower() for name in names} & set(REQUEST_HEADERS)
    assert seen.header("user-agent") == [USER_AGENT]
    assert seen.header("authorization") == [kit.api_key]
    assert mark.decode() not in (*seen.header("host"), *seen.header(REQUEST_ID_HEADER))


@pytest.mark.parametrize("names", CALLS, ids=[f"from {names[0]}" for names in CALLS])
def test_answer_when_it_has_any_header_then_the_caller_gets_those_of_the_list_and_what_the_gateway_sets(
    gateway: Any, token_key: Any, upstream: Any, kit: Any, names: list[str]
) -> None:
    headers = tuple((name, "of-pictory") for name in names)
    hop = ("Connection", ", ".join(name for name in names if name.startswith("x-")) or "keep-alive")
    upstream.answer = kit.Answer(headers=(*headers, hop))
    reply = gateway.call("GET", JOB, credential=token_key.token())
    assert reply.status == 200
    assert set(reply.headers) - ITS_OWN <= set(RESPONSE_HEADERS)
    wanted = {name.lower() for name in names} & set(RESPONSE_HEADERS)
    assert wanted <= set(reply.headers)
    assert {reply.headers[name] for name in ITS_OWN - {"connection"}}.isdisjoint({"of-pictory"})
    assert gateway.log_of(reply)["reason"] == "ok"
