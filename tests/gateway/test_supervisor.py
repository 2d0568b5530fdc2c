"""The sidecar's container goes on when the sidecar dies: sooner than Envoy or ECS would notice."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.gateway.containers import container_definitions
from pictory_egress.gateway.envoy.readiness import readiness
from pictory_egress.gateway.runtime.supervisor import LONGEST_PAUSE_SECONDS
from tests.gateway.running import gateway_settings

PROGRAM = """
import os, sys, time
from pathlib import Path
from pictory_egress.gateway.runtime.log import Log
from pictory_egress.gateway.runtime.supervisor import Supervisor

lives, drained = Path(sys.argv[1]) / "lives", Path(sys.argv[1]) / "drained"

def work():
    with lives.open("a") as file:
        file.write(str(os.getpid()) + "\\n")
    number = len(lives.read_text().splitlines())
    {body}

sys.exit(Supervisor(work=work, drain=drained.touch, log=Log()).run())
"""


def start(folder: Path, body: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(body=body), str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )


def lives(folder: Path) -> list[str]:
    path = folder / "lives"
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.parametrize(
    ("body", "status"),
    [("os.kill(os.getpid(), 9)", -9), ("raise RuntimeError('no')", 1), ("sys.exit(3)", 1), ("return 4", 4)],
)
def test_sidecar_when_it_dies_then_it_is_started_again_and_its_peaceful_end_is_the_end(
    tmp_path: Path, body: str, status: int
) -> None:
    process = start(tmp_path, f"if number < 3: {body}\n    return 0")
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert len(set(lives(tmp_path))) == 3
    told = [json.loads(line) for line in out.splitlines()]
    assert [(line["event"], line["status"]) for line in told] == [("sidecar_ended", status)] * 2
    assert not (tmp_path / "drained").exists(), "it drained by itself"


@pytest.mark.parametrize(
    "body", ["time.sleep(60)", "os.kill(os.getpid(), 9)"], ids=["alive, and deaf to it", "dead"]
)
def test_supervisor_when_told_to_stop_then_it_tells_the_sidecar_or_drains_in_its_place(
    tmp_path: Path, kit: Any, body: str
) -> None:
    process = start(tmp_path, body)
    kit.eventually(lambda: lives(tmp_path), what="the sidecar began")
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert (tmp_path / "drained").exists()


def test_pauses_when_compared_then_envoy_and_ecs_notice_nothing_of_one() -> None:
    (check,) = readiness()["health_checks"]
    silence = check["unhealthy_threshold"] * float(check["interval"].removesuffix("s"))
    # A start takes a second or two of a quarter of a core.
    assert silence > LONGEST_PAUSE_SECONDS + 5
    definitions = container_definitions(
        settings=gateway_settings(), name="n", environment="test", region="eu-west-1", bootstrap={"node": {}},
        inspection={"x": 1}, log_group_name="g", secret_arn="s", signing_key_arn="k", registry_table="t",
        credential_mode="api-key",
    )  # fmt: skip
    (sidecar,) = [one for one in json.loads(definitions) if one["name"] == "sidecar"]
    health = sidecar["healthCheck"]
    assert health["interval"] * health["retries"] > LONGEST_PAUSE_SECONDS + 5
    assert sidecar["restartPolicy"]["enabled"] is True
