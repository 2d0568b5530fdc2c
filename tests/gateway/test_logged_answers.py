"""What the access log says of Pictory's answers: the metric filters of the monitoring read these fields."""

from typing import Any

import pytest

from pictory_egress.gateway.refusals import EDGE_REFUSED

pytestmark = pytest.mark.envoy

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
JSON = (("Content-Type", "application/json; charset=utf-8"),)
PAGE = (("Content-Type", "text/html; charset=UTF-8"),)


def _line(gateway: Any, token: str) -> dict[str, Any]:
    reply = gateway.call("GET", JOB, credential=token)
    line: dict[str, Any] = gateway.log_of(reply)
    return line


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [
        (200, JSON, "ok"),
        (401, JSON, "ok"),
        (403, JSON, "ok"),
        (403, PAGE, EDGE_REFUSED),
        (403, (), EDGE_REFUSED),
        (429, JSON, "ok"),
        (500, PAGE, "ok"),
    ],
)
def test_log_when_pictory_answers_then_tells_its_word_from_that_of_the_network_before_it(
    gateway: Any, token_key: Any, upstream: Any, status: int, headers: Any, reason: str
) -> None:
    upstream.answer.status, upstream.answer.headers = status, headers
    line = _line(gateway, token_key.token("reports"))
    assert (line["decision"], line["reason"]) == ("allow", reason)
    # Numbers, not text: the filters compare them.
    assert (line["status"], line["upstream_status"]) == (status, status)
    assert isinstance(line["duration_ms"], int)


def test_log_when_the_gateway_refuses_then_has_its_code_and_no_upstream_status(gateway: Any) -> None:
    line = _line(gateway, "not-a-credential")
    assert (line["decision"], line["reason"]) == ("refuse", "credential_malformed")
    assert (line["status"], line["upstream_status"]) == (401, 0)
