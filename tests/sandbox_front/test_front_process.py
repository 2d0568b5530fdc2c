"""``python -m sandbox.front`` over the local AWS: the same, as a process with a file of targets."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws import LocalAws, running
from sandbox.certificates import Authority, Leaf
from sandbox.workspace import ROOT
from tests.sandbox_front.backend import Backend
from tests.sandbox_front.deploying import REGION, World, deploy, new_region, protect

ADDRESS = "127.77.91.2"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with running() as local:
        yield local


@pytest.fixture(scope="module")
def deployed(aws: LocalAws) -> World:
    region = new_region(lambda service: aws.client(service, region=REGION))
    return protect(deploy(region), rate_per_credential=1_000)


@pytest.fixture
def command(aws: LocalAws, deployed: World, leaf: Leaf, tmp_path: Path) -> list[str]:
    return [
        sys.executable, "-m", "sandbox.front", f"--load-balancer={deployed.load_balancer}",
        f"--endpoint-url={aws.endpoint}", f"--region={REGION}", f"--address={ADDRESS}",
        f"--targets-file={tmp_path / 'targets'}", f"--tls-cert={leaf.certificate}", f"--tls-key={leaf.key}",
        f"--ready-file={tmp_path / 'ready'}",
    ]  # fmt: skip


def _environment(aws: LocalAws) -> dict[str, str]:
    return {**os.environ, **aws.environment(region=REGION), "PYTHONPATH": f"{ROOT}:{ROOT / 'constructs'}"}


def _call(authority: Authority, port: int) -> Any:
    connection = http.client.HTTPSConnection(ADDRESS, port, context=authority.client_context(), timeout=10)
    try:
        connection.request(
            "GET", "/pictoryapis/v1/quota", headers={"Authorization": "token", "User-Agent": "test/1"}
        )
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def _wait(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_process_serves_the_targets_of_its_file_and_logs_before_it_ends(
    aws: LocalAws, deployed: World, command: list[str], tmp_path: Path, backends: list[Backend],
    authority: Authority,
) -> None:  # fmt: skip
    first, second = backends
    targets, ready = tmp_path / "targets", tmp_path / "ready"
    targets.write_text(f"{first.target}\n")
    process = subprocess.Popen(command, cwd=ROOT, env=_environment(aws))
    try:
        _wait(lambda: ready.exists() or process.poll() is not None, "the front was not ready")
        port = json.loads(ready.read_text())["port"]
        assert _call(authority, port)["port"] == first.port
        targets.write_text(f"{second.target}\n")
        process.send_signal(signal.SIGHUP)
        _wait(lambda: _call(authority, port)["port"] == second.port, "the new target was not taken")
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0
    events = deployed.clients.logs.filter_log_events(logGroupName=f"aws-waf-logs-{deployed.name}")["events"]
    assert {json.loads(event["message"])["terminatingRuleId"] for event in events} == {"known-operation"}


@pytest.mark.parametrize(("content", "told"), [("nowhere\n", "write address:port"), (None, "No such file")])
def test_targets_that_cannot_be_read_are_said_in_one_line(
    aws: LocalAws, command: list[str], tmp_path: Path, content: str | None, told: str
) -> None:
    if content is not None:
        (tmp_path / "targets").write_text(content)
    ended = subprocess.run(
        command, cwd=ROOT, env=_environment(aws), capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert told in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert not (tmp_path / "ready").exists()
