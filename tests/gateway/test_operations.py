"""What may be called: paths, methods and queries, in every spelling."""

from typing import Any

import pytest

pytestmark = pytest.mark.envoy

ID = "3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
JOB = f"/pictoryapis/v1/jobs/{ID}"


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/"),
        ("GET", "/pictoryapis"),
        ("GET", "/pictoryapis/v1/unlisted"),
        ("POST", "/pictoryapis/v1/oauth2/token"),
        ("GET", f"{JOB}/"),
        ("GET", f"{JOB};a=b"),
        ("GET", f"{JOB};a=b?nextPageKey=1"),
        ("GET", JOB.upper()),
        ("GET", f"/pictoryapis/v1/jobs/{ID.upper()}"),
        ("GET", f"/pictoryapis/v1/Jobs/{ID}"),
        ("GET", f"/pictoryapis/v1/jobs/{ID}x"),
        ("GET", "/pictoryapis/v1/jobs/1"),
        ("GET", f"{JOB}%20"),
        ("GET", f"{JOB}%3fnextPageKey=1"),
        ("GET", f"{JOB}?"),
        ("GET", f"{JOB}?a=1"),
        ("GET", "/pictoryapis/v1/jobs?other=1"),
        ("GET", "/pictoryapis/v1/jobs?nextPageKey=a&other=1"),
        ("GET", "/pictoryapis/v1/jobs?nextPageKey=a/b"),
        ("GET", "/pictoryapis/v1/jobs?nextPageKey=a?b"),
        ("GET", "/pictoryapis/v1/jobs?NextPageKey=a"),
        ("GET", "/pictoryapis/v1/jobs?" + "&".join(["nextPageKey=a"] * 17)),
        ("PATCH", JOB),
        ("HEAD", JOB),
        ("OPTIONS", JOB),
        ("TRACE", JOB),
        ("get", JOB),
        ("POST", JOB),
    ],
)
def test_target_when_unlisted_then_403_and_nothing_goes_out(
    gateway: Any, token_key: Any, upstream: Any, method: str, target: str
) -> None:
    reply = gateway.call(method, target, credential=token_key.token())
    if method == "get":
        # Envoy's parser knows methods by their exact names.
        assert reply.status == 400
    else:
        assert reply.status == 403
        assert reply.headers["x-pictory-egress-reason"] == "operation_unknown"
        assert gateway.log_of(reply)["operation"] == "unknown"
    assert not upstream.received


def test_target_when_unlisted_then_a_large_body_is_not_waited_for(gateway: Any, token_key: Any) -> None:
    reply = gateway.call("POST", "/pictoryapis/v9/x", credential=token_key.token(), body=b"x" * 3_000_000)
    assert (reply.status, reply.code) == (403, "operation_unknown")


@pytest.mark.parametrize(
    "target",
    [
        f"/pictoryapis/v1/jobs%2f{ID}",
        f"/pictoryapis/v1/jobs%2F{ID}",
        f"/pictoryapis/v1/jobs%5c{ID}",
        f"/pictoryapis/v1/x%2f..%2fjobs/{ID}",
        f"{JOB}%00",
        f"{JOB}#x",
    ],
)
def test_target_when_it_hides_separators_then_400(
    gateway: Any, token_key: Any, upstream: Any, target: str
) -> None:
    reply = gateway.call("GET", target, credential=token_key.token())
    assert reply.status == 400
    assert reply.headers["x-pictory-egress-reason"] == "request_invalid"
    assert not upstream.received


@pytest.mark.parametrize(
    "target",
    [
        f"/pictoryapis//v1/jobs/{ID}",
        f"/pictoryapis/v1/x/../jobs/{ID}",
        f"/pictoryapis/v1/x/%2e%2e/jobs/{ID}",
        f"/pictoryapis/./v1/jobs/{ID}",
        f"/pictoryapis/v1/j%6fbs/{ID}",
        f"/pictoryapis\\v1\\jobs\\{ID}",
        f"https://api.pictory.ai{JOB}",
        f"https://evil.example{JOB}",
    ],
)
def test_target_when_spelled_otherwise_then_pictory_gets_the_spelling_that_was_judged(
    gateway: Any, token_key: Any, upstream: Any, target: str
) -> None:
    reply = gateway.call("GET", target, credential=token_key.token())
    assert reply.status == 200
    [seen] = upstream.received
    assert seen.target == JOB
    assert seen.header("host") == ["api.pictory.ai"]


@pytest.mark.parametrize(
    "target",
    [
        f"/pictoryapis/v1/jobs/{ID}/../../quota",
        f"/pictoryapis/v1/jobs/{ID}/%2e%2e/%2e%2e/quota",
        "/pictoryapis/v1/jobs/..\\quota",
    ],
)
def test_target_when_it_leads_elsewhere_then_it_is_judged_as_where_it_leads(
    gateway: Any, token_key: Any, upstream: Any, target: str
) -> None:
    reply = gateway.call("GET", target, credential=token_key.token())
    assert (reply.status, reply.code) == (403, "operation_not_granted")
    assert gateway.log_of(reply)["operation"] == "account.quota"
    assert not upstream.received


@pytest.mark.parametrize(
    "target",
    ["/pictoryapis/v1/jobs", "/pictoryapis/v1/jobs?nextPageKey=", "/pictoryapis/v1/jobs?nextPageKey=a%3D%3D"],
)
def test_query_when_published_then_it_goes_out_as_it_came(
    gateway: Any, token_key: Any, upstream: Any, target: str
) -> None:
    assert gateway.call("GET", target, credential=token_key.token()).status == 200
    assert [seen.target for seen in upstream.received] == [target]


def test_query_when_the_operation_takes_any_then_any_well_formed_one_goes_out(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    base = "/pictoryapis/v1/media/search"
    assert gateway.call("GET", f"{base}?q=a+b&page=2", credential=token_key.token()).status == 200
    assert gateway.call("GET", f"{base}?q=a/b", credential=token_key.token()).code == "operation_unknown"
    assert len(upstream.received) == 1
