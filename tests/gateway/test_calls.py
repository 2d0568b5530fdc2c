"""Calls through the real Envoy: what is let through, and what is refused with which code."""

from typing import Any

import pytest

pytestmark = pytest.mark.envoy

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"


def test_call_when_granted_then_pictory_sees_the_key_raw_and_nothing_of_the_caller(
    gateway: Any, token_key: Any, upstream: Any, kit: Any
) -> None:
    token = token_key.token("reports")
    reply = gateway.call(
        "GET",
        JOB,
        credential=token,
        headers=[
            ("X-Forwarded-For", "10.1.2.3"),
            ("X-Amzn-Trace-Id", "Root=1-1-1"),
            ("X-Amzn-Waf-Verdict", "fine"),
            ("Cookie", "session=1"),
            ("X-Pictory-User-Id", "somebody"),
            ("X-Request-Id", "chosen-by-caller"),
            ("X-Envoy-Retry-On", "5xx"),
            ("User-Agent", "python-requests/2"),
            ("Accept", "application/json"),
        ],
    )
    assert reply.status == 200, gateway.errors()
    [seen] = upstream.received
    assert seen.header("authorization") == [kit.api_key]
    assert seen.header("host") == ["api.pictory.ai"]
    assert seen.header("user-agent") == ["pictory-egress/1"]
    assert {name.lower() for name, _ in seen.headers} == {
        "host", "authorization", "user-agent", "accept", "x-request-id",
    }  # fmt: skip
    assert seen.header("x-request-id") == [reply.headers["x-request-id"]] != ["chosen-by-caller"]
    assert token not in repr(seen)
