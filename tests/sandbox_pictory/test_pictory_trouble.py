"""The network before Pictory, failures on request, what leaves through a body, and the process itself."""

import http.client
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.certificates import Authority
from sandbox.pictory.admin import AdminError
from sandbox.workspace import ROOT

if TYPE_CHECKING:
    from tests.sandbox_pictory.conftest import Pictory


@pytest.mark.parametrize(
    "agent", ["Python-urllib/3.11", "python-requests/2.32.0", "curl/8.0.1", "Go-http-client/1.1", ""]
)
def test_default_user_agent_is_refused_before_the_key_is_looked_at(
    pictory: "Pictory", key: str, agent: str
) -> None:
    answer = pictory.call("GET", "/v1/quota", key=key, headers={"User-Agent": agent})
    assert (answer.status, answer.text) == (403, "error code: 1010")
    assert answer.headers["content-type"].startswith("text/plain")


def test_failure_by_status_ends_after_its_count(pictory: "Pictory", key: str) -> None:
    pictory.admin.fail("status", count=2, status=503)
    assert [pictory.call("GET", "/v1/quota", key=key).status for _ in range(3)] == [503, 503, 200]


def test_failure_of_a_path_spares_the_others(pictory: "Pictory", key: str) -> None:
    pictory.admin.fail("status", path_contains="/jobs")
    assert pictory.call("GET", "/v1/quota", key=key).status == 200
    assert pictory.call("GET", "/v1/jobs", key=key).status == 500


def test_failure_by_reset_gives_no_answer(pictory: "Pictory", key: str) -> None:
    pictory.admin.fail("reset")
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        pictory.call("GET", "/v1/quota", key=key)
    assert pictory.admin.requests()[-1].status == 0


def test_failure_by_hanging_gives_no_answer(pictory: "Pictory", key: str) -> None:
    pictory.admin.fail("hang")
    with pytest.raises(TimeoutError):
        pictory.call("GET", "/v1/quota", key=key, timeout=0.2)
    assert pictory.call("GET", "/v1/quota", key=key).status == 200


def test_delay_holds_an_answer_back(pictory: "Pictory", key: str) -> None:
    pictory.admin.set_behaviour(delay_seconds=30)
    with pytest.raises(TimeoutError):
        pictory.call("GET", "/v1/quota", key=key, timeout=0.2)
    pictory.admin.set_behaviour(delay_seconds=0)
    assert pictory.call("GET", "/v1/quota", key=key).status == 200


def test_hosts_that_a_body_names_anywhere_are_listed(pictory: "Pictory", key: str) -> None:
    scene = {"background": {"visualUrl": "https://cdn.example/a.mp4"}, "story": "one at www.example.org"}
    body = {"videoName": "A", "webhook": "https://hooks.example/x?secret=1", "scenes": [scene]}
    pictory.call("POST", "/v2/video/storyboard", key=key, body=body)
    assert pictory.admin.requests()[-1].hosts == ("cdn.example", "hooks.example", "www.example.org")


def test_hosts_when_the_body_is_an_array_then_they_are_listed(pictory: "Pictory", key: str) -> None:
    made = pictory.call(
        "POST", "/v2/video/storyboard", key=key, body={"videoName": "A", "scenes": [{"story": "x"}]}
    )
    element = {"id": "bgMusic", "elementType": "audioElement", "type": "audio", "startTime": 0, "duration": 5}
    body = [{**element, "url": "https://music.example/a.mp3"}]
    path = f"/v2/video/storyboard/{made.json['data']['jobId']}/elements"
    assert pictory.call("PUT", path, key=key, body=body).status == 204
    assert pictory.admin.requests()[-1].hosts == ("music.example",)


def test_counts_tell_status_key_and_operation(pictory: "Pictory") -> None:
    issued = pictory.admin.issue_key()
    pictory.call("GET", "/v1/quota", key=issued.api_key)
    pictory.call("GET", "/v1/quota")
    counts = pictory.admin.counts()
    assert (counts.total, counts.by_status) == (2, {"200": 1, "401": 1})
    assert counts.by_key == {issued.id: 1, "unknown": 1}
    assert counts.by_operation == {"account.quota": 2}


def test_admin_refuses_a_body_it_does_not_know(pictory: "Pictory") -> None:
    with pytest.raises(AdminError, match="400"):
        pictory.admin.issue_key(account="Not A Name")
    with pytest.raises(AdminError, match="404"):
        pictory.admin.revoke("key-none")


def test_certificate_of_another_authority_is_not_trusted(pictory: "Pictory", tmp_path: Path) -> None:
    context = Authority(tmp_path / "other").client_context()
    connection = http.client.HTTPSConnection("127.77.90.10", pictory.port, context=context, timeout=5)
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        connection.request("GET", "/")


def test_port_that_is_taken_is_said_in_one_line(pictory: "Pictory", tmp_path: Path) -> None:
    leaf = Authority(tmp_path / "ca").issue("pictory", hosts=["api.pictory.ai"])
    ended = subprocess.run(
        [
            sys.executable, "-m", "sandbox.pictory", "--address", "127.77.90.10", "--port", str(pictory.port),
            "--tls-cert", leaf.certificate, "--tls-key", leaf.key, "--ready-file", tmp_path / "ready",
        ],
        cwd=ROOT, env={"PYTHONPATH": f"{ROOT}:{ROOT / 'constructs'}"}, capture_output=True, text=True, timeout=30,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert str(pictory.port) in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert not (tmp_path / "ready").exists()


def test_process_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    leaf = Authority(tmp_path / "ca").issue("pictory", hosts=["api.pictory.ai"])
    ready = tmp_path / "ready.json"
    starter = (
        "import subprocess, sys, pathlib, time, json\n"
        "subprocess.Popen(sys.argv[2:])\n"
        "ready = pathlib.Path(sys.argv[1])\n"
        "while not ready.exists(): time.sleep(0.02)\n"
        "print(json.loads(ready.read_text())['pid'])\n"
    )
    ended = subprocess.run(
        [
            sys.executable, "-c", starter, ready, sys.executable, "-m", "sandbox.pictory",
            "--address", "127.77.90.11", "--port", "0", "--tls-cert", leaf.certificate, "--tls-key", leaf.key,
            "--ready-file", ready,
        ],
        cwd=ROOT, env={"PYTHONPATH": f"{ROOT}:{ROOT / 'constructs'}"}, stdout=subprocess.PIPE, text=True, timeout=30,
        check=True,
    )  # fmt: skip
    process = Path(f"/proc/{ended.stdout.strip()}")
    for _ in range(200):
        if not process.exists() or "Z (zombie)" in (process / "status").read_text():
            return
        time.sleep(0.05)
    raise AssertionError("the stand-in still ran 10 s after its starter")
