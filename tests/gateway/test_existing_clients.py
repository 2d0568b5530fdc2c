"""Programs written for Pictory run as they are: they get another base URL and another key, and nothing else."""

import json
import ssl
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

pytestmark = pytest.mark.envoy

JOB_ID = "3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
NAME = "gateway.example.com"


class _ByName(HTTPAdapter):
    """In place of a DNS entry: the gateway's certificate is checked as ever."""

    def init_poolmanager(self, *args: Any, **options: Any) -> Any:
        return super().init_poolmanager(*args, server_hostname=NAME, assert_hostname=NAME, **options)


@pytest.fixture
def base_url(gateway: Any) -> str:
    return f"https://127.0.0.1:{gateway.port}/pictoryapis"


@pytest.fixture
def session(gateway: Any) -> Any:
    with requests.Session() as session:
        session.mount("https://", _ByName())
        session.trust_env = False
        session.verify = str(gateway.directory / "ca.pem")
        yield session


@pytest.mark.parametrize("prefix", ["", "Bearer "], ids=["raw", "bearer"])
def test_requests_client_when_it_renders_and_polls_then_pictory_sees_its_calls_with_the_real_key(
    session: Any, base_url: str, token_key: Any, upstream: Any, kit: Any, prefix: str
) -> None:
    upstream.answer = kit.Answer(body=json.dumps({"success": True, "data": {"job_id": JOB_ID}}).encode())
    story = {"videoName": "test", "scenes": [{"story": "Caf\u00e9 \U0001f600", "createSceneOnNewLine": True}]}
    headers = {"Authorization": prefix + token_key.token("studio"), "Content-Type": "application/json"}
    made = session.post(f"{base_url}/v2/video/storyboard", headers=headers, json=story, timeout=120)
    made.raise_for_status()
    job_id = made.json()["data"]["job_id"]
    headers = {"Authorization": prefix + token_key.token("reports"), "accept": "application/json"}
    polled = [session.get(f"{base_url}/v1/jobs/{job_id}", headers=headers, timeout=120) for _ in range(3)]
    assert [answer.json()["success"] for answer in polled] == [True] * 3
    write, *reads = upstream.received
    assert json.loads(write.body) == story
    assert {seen.target for seen in reads} == {f"/pictoryapis/v1/jobs/{JOB_ID}"}
    assert {seen.header("authorization")[0] for seen in upstream.received} == {kit.api_key}


def test_requests_client_when_it_pages_through_jobs_then_its_parameters_arrive(
    session: Any, base_url: str, token_key: Any, upstream: Any
) -> None:
    headers = {"Authorization": token_key.token("reports")}
    parameters = {"nextPageKey": "eyJhIjoxfQ=="}
    session.get(f"{base_url}/v1/jobs", headers=headers, params=parameters, timeout=120).raise_for_status()
    assert upstream.received[0].target == "/pictoryapis/v1/jobs?nextPageKey=eyJhIjoxfQ%3D%3D"


def test_requests_client_when_refused_then_it_reads_code_and_message_from_json(
    session: Any, base_url: str, token_key: Any
) -> None:
    headers = {"Authorization": token_key.token("reports")}
    answer = session.get(f"{base_url}/v1/quota", headers=headers, timeout=120)
    assert (answer.status_code, answer.json()["code"]) == (403, "operation_not_granted")
    assert answer.json()["message"]


@pytest.mark.parametrize("prefix", ["", "Bearer "], ids=["raw", "bearer"])
def test_urllib_client_when_it_writes_and_reads_then_it_is_answered(
    gateway: Any, token_key: Any, upstream: Any, kit: Any, prefix: str, base_url: str
) -> None:
    context = ssl.create_default_context(cafile=str(Path(gateway.directory) / "ca.pem"))
    context.check_hostname = False  # 127.0.0.1 in place of a DNS entry
    body = json.dumps({"videoName": "test", "scenes": []}).encode()
    calls = [("POST", "/v2/video/storyboard", body, "studio"), ("GET", f"/v1/jobs/{JOB_ID}", None, "reports")]
    for method, path, data, client in calls:
        headers = {"Authorization": prefix + token_key.token(client), "Content-Type": "application/json"}
        request = urllib.request.Request(base_url + path, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, context=context, timeout=30) as answer:
            assert json.load(answer) == {"success": True}
    assert [(seen.method, seen.body) for seen in upstream.received] == [("POST", body), ("GET", b"")]
    assert {seen.header("authorization")[0] for seen in upstream.received} == {kit.api_key}
