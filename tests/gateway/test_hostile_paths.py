"""Paths and methods that try to be judged as one thing and to arrive as another; beside what test_operations has."""

from typing import Any

import pytest

from tests.gateway.wire import exchange, request

pytestmark = pytest.mark.envoy

ID = "3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
JOB = f"/pictoryapis/v1/jobs/{ID}"
JOBS = "/pictoryapis/v1/jobs"

UNKNOWN = {
    "encoded twice": f"/pictoryapis/v1/%256aobs/{ID}",
    "dots encoded twice": f"{JOB}/%252e%252e/%252e%252e/quota",
    "slash encoded twice": f"{JOB}/..%252f..%252fquota",
    "parameter in a directory": f"/pictoryapis;x=y/v1/jobs/{ID}",
    "above the root": "/../../../../etc/passwd",
    "dots encoded to the root": "/%2e%2e/%2e%2e/",
    "dot at the end": f"{JOB}/.",
    "dots at the end": f"{JOB}/..",
    "host in the path": f"//evil.example{JOB}",
    "backslash at the end": f"{JOB}\\",
    "overlong slash of two bytes": f"/pictoryapis/v1/jobs%c0%af{ID}",
    "overlong slash of three bytes": f"/pictoryapis/v1/jobs%e0%80%af{ID}",
    "overlong dots": f"{JOB}/%c0%ae%c0%ae/quota",
    "percent-u": f"/pictoryapis/v1/jobs%u002f{ID}",
    "wide slash": f"/pictoryapis/v1/jobs%EF%BC%8F{ID}",
    "another case": f"/PictoryApis/v1/jobs/{ID}",
    "version in another case": f"/pictoryapis/V1/jobs/{ID}",
    "very long": "/" + "a" * 20_000,
    "climbing very long": "/" + "../" * 5_000 + "x",
}  # fmt: skip

MALFORMED_ID = {
    "parameter at the end": f"{JOB};jsessionid=1",
    "fragment encoded": f"{JOB}%23",
    "question mark encoded": f"{JOB}%3F",
    "line feed encoded": f"{JOB}%0a",
    "tab encoded": f"{JOB}%09",
    "delete encoded": f"{JOB}%7f",
    "percent alone": f"{JOB}%",
    "percent and half": f"{JOB}%2",
    "percent and no digits": f"{JOB}%zz",
}

MALFORMED_QUERY = {
    "name of the query encoded": f"{JOBS}?next%50ageKey=a",
    "parameter in the query": f"{JOBS}?nextPageKey=a;x=y",
    "array in the query": f"{JOBS}?nextPageKey[]=a",
    "NUL in the query": f"{JOB}?a=%00",
    "climbing in the query": f"/pictoryapis/v1/quota/../jobs?nextPageKey=../../quota",  # noqa: F541
}

MALFORMED = {
    "scheme of another kind": f"ftp://evil.example{JOB}",
    "scheme of a script": f"javascript:{JOB}",
    "absolute": f"https://gateway.example.com{JOB}",
    "absolute without its first directory": f"https:/{JOB}",
    "absolute with another scheme's case": f"HTTPS://evil.example{JOB}",
    "absolute with a user": f"https://user:password@evil.example{JOB}",
    "absolute without host": f"https:///{JOB}",
    "scheme with one slash": f"https:{JOB}",
    "asterisk": "*",
    "authority": "gateway.example.com:443",
    "relative": JOB.lstrip("/"),
    "query alone": f"?{JOB}",
    "fragment alone": f"#{JOB}",
    "fragment after the query": f"{JOBS}?nextPageKey=a#b",
    "backslash first": JOB.replace("/", "\\", 1),
    "backslashes encoded": f"{JOB}%5c..%5c..%5cquota",
    "NUL": JOB.encode() + b"\0",
    "NUL within": b"/pictoryapis/v1/jo\0bs",
    "NUL encoded with an ending": f"{JOB}%00.json",
    "line break encoded, then a space": f"{JOB}%0d%0aX: y",
    "overlong slash as it stands": b"/pictoryapis/v1/jobs\xc0\xaf" + ID.encode(),
    "division slash as it stands": "/pictoryapis/v1/jobs\u2215".encode() + ID.encode(),
    "wide letter as it stands": "/pictoryapis/v1/\uff4aobs/".encode() + ID.encode(),
    "nothing": "",
}

AS_JUDGED = {
    "letter encoded": (f"/pictoryapis/v1/%6Aobs/{ID}", JOB),
    "digit encoded": (f"{JOBS}/%33{ID[1:]}", JOB),
    "climbing above the root": (f"/..{JOB}", JOB),
    "dots and slashes first": (f"/././//{JOB}", JOB),
    "climbing before a query": (f"{JOBS}/../jobs?nextPageKey=a", f"{JOBS}?nextPageKey=a"),
    "line break encoded in a query": (f"{JOBS}?nextPageKey=%0d%0aX-Y:z", f"{JOBS}?nextPageKey=%0d%0aX-Y:z"),
    "space after it": (f"{JOB} ", JOB),
    "tab after it": (f"{JOB}\t", JOB),
}

LEADS_ELSEWHERE = {
    "dots half encoded": f"{JOB}/.%2e/%2e./quota",
    "dots with a parameter": f"{JOB}/..;/..;/quota",
    "backslashes": f"{JOB}\\..\\..\\quota",
}


@pytest.mark.parametrize("target", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_path_when_it_only_resembles_an_operation_then_403_unknown(
    gateway: Any, token_key: Any, upstream: Any, target: str
) -> None:
    [reply] = exchange(gateway, request("GET", target, token=token_key.token()))
    assert (reply.status, reply.code) == (403, "operation_unknown")
    line = gateway.log_of(reply)
    assert (line["decision"], line["reason"], line["operation"]) == ("refuse", "operation_unknown", "unknown")
    assert not upstream.received


@pytest.mark.parametrize("target", MALFORMED_ID.values(), ids=MALFORMED_ID.keys())
def test_path_when_the_id_in_it_is_malformed_then_400_by_name(
    gateway: Any, token_key: Any, upstream: Any, target: str
) -> None:
    [reply] = exchange(gateway, request("GET", target, token=token_key.token()))
    assert (reply.status, reply.code) == (400, "path_parameter_invalid")
    line = gateway.log_of(reply)
    assert (line["decision"], line["reason"], line["operation"]) == ("refuse", reply.code, "jobs.get")
    assert not upstream.received


@pytest.mark.parametrize("target", MALFORMED_QUERY.values(), ids=MALFORMED_QUERY.keys())
def test_query_when_it_hides_something_then_400_by_name(
    gateway: Any, token_key: Any, upstream: Any, target: str
) -> None:
    [reply] = exchange(gateway, request("GET", target, token=token_key.token()))
    assert (reply.status, reply.code) == (400, "query_invalid")
    assert gateway.log_of(reply)["operation"] in ("jobs.get", "jobs.list")
    assert not upstream.received


@pytest.mark.parametrize("target", MALFORMED.values(), ids=MALFORMED.keys())
def test_path_when_it_is_none_then_400(gateway: Any, token_key: Any, upstream: Any, target: Any) -> None:
    [reply] = exchange(gateway, request("GET", target, token=token_key.token()))
    assert (reply.status, reply.code) == (400, "request_invalid")
    line = gateway.log_of(reply)
    assert (line["decision"], line["reason"]) == ("refuse", "request_invalid")
    assert not upstream.received


@pytest.mark.parametrize(("target", "judged"), AS_JUDGED.values(), ids=AS_JUDGED.keys())
def test_path_when_spelled_otherwise_then_what_was_judged_goes_out(
    gateway: Any, token_key: Any, upstream: Any, target: str, judged: str
) -> None:
    [reply] = exchange(gateway, request("GET", target, token=token_key.token()))
    assert reply.status == 200
    assert [(seen.target, seen.header("host")) for seen in upstream.received] == [
        (judged, ["api.pictory.ai"])
    ]
    assert gateway.log_of(reply)["operation"] in ("jobs.get", "jobs.list")


@pytest.mark.parametrize("target", LEADS_ELSEWHERE.values(), ids=LEADS_ELSEWHERE.keys())
def test_path_when_it_leads_to_another_operation_then_that_ones_grant_counts(
    gateway: Any, token_key: Any, upstream: Any, target: str
) -> None:
    [reply] = exchange(gateway, request("GET", target, token=token_key.token()))
    assert (reply.status, reply.code) == (403, "operation_not_granted")
    assert gateway.log_of(reply)["operation"] == "account.quota"
    assert not upstream.received


OTHER_METHODS = ("PROPFIND", "M-SEARCH", "SEARCH", "QUERY", "PURGE", "LINK")
NO_METHODS = (b"GETX", b"GeT", b"G\0T", b" GET", b"PRI", b"X" * 300, b"\xe2\x82\xac")


@pytest.mark.parametrize("method", [*OTHER_METHODS, *NO_METHODS])
def test_method_when_no_operation_has_it_then_refused_by_name(
    gateway: Any, token_key: Any, upstream: Any, method: Any
) -> None:
    [reply] = exchange(gateway, request(method, JOB, token=token_key.token()))
    assert (reply.status, reply.code) in {(405, "method_not_allowed"), (400, "request_invalid")}
    assert gateway.log_of(reply)["reason"] == reply.code
    assert not upstream.received


def test_method_when_a_header_asks_for_another_then_the_request_lines_counts(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    names = (b"X-HTTP-Method-Override", b"X-HTTP-Method", b"X-Method-Override")
    headers = [name + b": DELETE" for name in names]
    headers += [b"X-Original-URL: /pictoryapis/v1/quota", b"X-Rewrite-URL: /pictoryapis/v1/quota"]
    [reply] = exchange(gateway, request("GET", JOB, token=token_key.token(), headers=headers))
    assert reply.status == 200
    [seen] = upstream.received
    assert (seen.method, seen.target) == ("GET", JOB)
    assert not [name for name, _ in seen.headers if name.lower().startswith("x-") and name != "x-request-id"]


def test_connect_when_asked_of_this_listener_then_nothing_is_opened(
    gateway: Any, token_key: Any, upstream: Any
) -> None:
    [reply] = exchange(gateway, request("CONNECT", "api.pictory.ai:443", token=token_key.token()))
    assert reply.status in (400, 403, 404)
    assert gateway.log_of(reply)["decision"] == "refuse"
    assert not upstream.received
