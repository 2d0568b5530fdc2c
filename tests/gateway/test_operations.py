"""What may be called: paths, methods and queries, in every spelling."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.envoy

ID = "3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
JOB = f"/pictoryapis/v1/jobs/{ID}"
TOKEN = "/pictoryapis/v1/oauth2/token"


def message(reply: Any) -> str:
    return str(json.loads(reply.body)["message"])


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/"),
        ("GET", "/pictoryapis"),
        ("GET", "/pictoryapis/v1/unlisted"),
        ("GET", "/pictoryapis/v1/oauth2/token"),
        ("POST", "/pictoryapis/v1/oauth2/token/"),
        ("GET", "/pictoryapis/v1/jobs/"),
        ("GET", "/pictoryapis/v1/jobs;a=b"),
        ("GET", f"{JOB}/"),
        ("GET", f"{JOB}/part"),
        ("GET", JOB.upper()),
        ("GET", f"/pictoryapis/v1/Jobs/{ID}"),
        ("GET", "/pictoryapis/v1/quotas"),
    ],
)
def test_target_when_unlisted_then_403_and_nothing_goes_out(
    gateway: Any, token_key: Any, upstream: Any, method: str, target: str
) -> None:
    reply = gateway.call(method, target, credential=token_key.token())
    assert (reply.status, reply.code) == (403, "operation_unknown")
    assert reply.headers["x-pictory-egress-reason"] == "operation_unknown"
    assert reply.headers["server"] == "pictory-egress"
    assert gateway.log_of(reply)["operation"] == "unknown"
    assert not upstream.received


@pytest.mark.parametrize(
    "segment",
    [ID.upper(), f"{ID}x", "1", "a" * 4_000, f"{ID};a=b", f"{ID}%20", f"{ID}%3fnextPageKey=1", "%7Bid%7D"],
)
def test_job_id_when_malformed_then_400_says_what_one_is(
    gateway: Any, token_key: Any, upstream: Any, segment: str
) -> None:
    for query in ("", "?a=1"):
        target = f"/pictoryapis/v1/jobs/{segment}{query}"
        reply = gateway.call("GET", target, credential=token_key.token())
        assert (reply.status, reply.code) == (400, "path_parameter_invalid")
        assert message(reply) == "The path of jobs.get takes jobId: a lower-case UUID."
        line = gateway.log_of(reply)
        assert (line["decision"], line["operation"]) == ("refuse", "jobs.get")
    assert not upstream.received


def test_identifier_when_malformed_then_400_says_what_one_is(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    for segment in ("a" * 129, "a.b", "a~b"):
        reply = gateway.call(
            "PUT", f"/pictoryapis/v1/templates/{segment}", credential=token_key.token("studio"), body=b"{}"
        )
        assert (reply.status, reply.code) == (400, "path_parameter_invalid")
        expected = "templateId: 1 to 128 letters, digits, hyphens or underscores"
        assert message(reply) == f"The path of templates.update takes {expected}."
    assert not upstream.received


@pytest.mark.parametrize(
    ("target", "takes"),
    [
        (f"{JOB}?", "jobs.get takes no query."),
        (f"{JOB}?a=1", "jobs.get takes no query."),
        ("/pictoryapis/v1/jobs?other=1", "jobs.list takes these query parameters: nextPageKey ("),
        (
            "/pictoryapis/v1/jobs?nextPageKey=a&other=1",
            "jobs.list takes these query parameters: nextPageKey (",
        ),
        ("/pictoryapis/v1/jobs?nextPageKey=a/b", "values percent-encoded)."),
        ("/pictoryapis/v1/jobs?nextPageKey=a?b", "values percent-encoded)."),
        ("/pictoryapis/v1/jobs?NextPageKey=a", "jobs.list takes these query parameters: nextPageKey ("),
        ("/pictoryapis/v1/jobs?" + "&".join(["nextPageKey=a"] * 17), "at most 16 name=value pairs"),
        ("/pictoryapis/v1/media/search?q=a/b", "media.search takes these query parameters: of any name ("),
    ],
)
def test_query_when_not_the_operations_then_400_says_what_it_takes(
    gateway: Any, token_key: Any, upstream: Any, target: str, takes: str
) -> None:
    reply = gateway.call("GET", target, credential=token_key.token())
    assert (reply.status, reply.code) == (400, "query_invalid")
    assert takes in message(reply)
    assert gateway.log_of(reply)["operation"] in ("jobs.get", "jobs.list", "media.search")
    assert not upstream.received


@pytest.mark.parametrize(
    ("method", "target", "allow"),
    [
        *((method, JOB, "GET") for method in ("PATCH", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "DELETE")),
        ("PATCH", f"{JOB}?a=1", "GET"),
        ("PATCH", "/pictoryapis/v1/jobs/1", "GET"),
        ("POST", "/pictoryapis/v1/templates/t1", "DELETE, GET, PUT"),
        ("PUT", "/pictoryapis/v1/templates", "GET, POST"),
        ("GET", f"{JOB}/clean", "DELETE"),
        ("POST", "/pictoryapis/v1/quota", "GET"),
    ],
)
def test_method_when_the_path_takes_others_then_405_names_them(
    gateway: Any, token_key: Any, upstream: Any, method: str, target: str, allow: str
) -> None:
    reply = gateway.call(method, target, credential=token_key.token())
    assert (reply.status, reply.headers["x-pictory-egress-reason"]) == (405, "method_not_allowed")
    assert reply.headers["allow"] == allow
    if method != "HEAD":
        assert reply.code == "method_not_allowed"
        assert message(reply) == f"This path takes only these methods: {allow}."
    assert gateway.log_of(reply)["operation"] == "unknown"
    assert not upstream.received


def test_method_when_in_lower_case_then_400(gateway: Any, token_key: Any, upstream: Any) -> None:
    # Envoy's parser knows methods by their exact names.
    assert gateway.call("get", JOB, credential=token_key.token()).status == 400
    assert not upstream.received


def test_operation_when_not_granted_then_403_names_it_and_the_permission(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    # What is wrong beside that is said to those who may call the operation.
    for target in ("/pictoryapis/v1/quota", "/pictoryapis/v1/quota?a=1"):
        reply = gateway.call("GET", target, credential=token_key.token())
        assert (reply.status, reply.code) == (403, "operation_not_granted")
        expected = "This client is not granted account.quota. Ask for the permission account.read."
        assert message(reply) == expected
    assert not upstream.received


NEARLY = [
    ("GET", "/pictoryapis/v1/jobs/1"), ("GET", f"{JOB}?a=1"), ("PATCH", JOB), ("GET", "/pictoryapis/v1/quota"),
    ("GET", "/pictoryapis/v1/unlisted"), ("GET", "/pictoryapis/v1/oauth2/token"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "target"), NEARLY)
def test_target_when_asked_without_a_valid_credential_then_401_for_all_alike(
    gateway: Any, token_key: Any, upstream: Any, method: str, target: str
) -> None:
    reply = gateway.call(method, target, credential=None)
    assert (reply.status, reply.code) == (401, "credential_missing")
    assert "allow" not in reply.headers
    reply = gateway.call(method, target, credential=token_key.token(jti="unregistered"))
    assert (reply.status, reply.code) == (401, "credential_unregistered")
    assert not upstream.received


@pytest.mark.parametrize("credential", [None, "", "registered"])
def test_token_endpoint_when_off_then_403_says_so_to_whoever_asks(
    gateway: Any, token_key: Any, upstream: Any, credential: str | None
) -> None:
    if credential == "registered":
        credential = token_key.token()
    body = b'{"client_id":"a","client_secret":"bbbb"}'
    reply = gateway.call("POST", TOKEN, credential=credential, body=body)
    assert (reply.status, reply.code) == (403, "token_endpoint_off")
    assert "token_endpoint = true" in message(reply)
    line = gateway.log_of(reply)
    assert (line["decision"], line["reason"]) == ("refuse", "token_endpoint_off")
    assert not upstream.received


@pytest.mark.parametrize(
    ("method", "target", "status", "code"),
    [
        ("POST", "/pictoryapis/v9/x", 403, "operation_unknown"),
        ("POST", JOB, 405, "method_not_allowed"),
        ("PUT", "/pictoryapis/v2/video/storyboard/1/elements", 400, "path_parameter_invalid"),
        ("POST", "/pictoryapis/v2/video/storyboard?a=1", 400, "query_invalid"),
        ("POST", "/pictoryapis/v1/oauth2/token", 403, "token_endpoint_off"),
    ],
)
def test_target_when_refused_then_a_large_body_is_not_waited_for(
    gateway: Any, token_key: Any, upstream: Any, method: str, target: str, status: int, code: str
) -> None:
    reply = gateway.call(method, target, credential=token_key.token("studio"), body=b"x" * 3_000_000)
    assert (reply.status, reply.code) == (status, code)
    assert not upstream.received


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


@pytest.mark.parametrize("host", ["api.pictory.ai", "evil.example"])
def test_target_when_it_is_a_whole_url_then_refused(
    gateway: Any, token_key: Any, upstream: Any, host: str
) -> None:
    reply = gateway.call("GET", f"https://{host}{JOB}", credential=token_key.token())
    assert (reply.status, reply.code) == (400, "request_invalid")
    assert not upstream.received


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
    assert len(upstream.received) == 1
