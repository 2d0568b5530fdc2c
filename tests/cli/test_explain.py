"""``explain gateway``: what lies packed in the task definition, in words and as it is."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.gateway.packing import canonical, pack


@pytest.mark.parametrize("environment", ["prod", "stacks/environments/sandbox.toml"])
def test_explain_when_asked_for_json_then_it_prints_the_configuration_itself(
    run: Callable[..., Any], environment: str
) -> None:
    ended = run("explain", "gateway", environment, "--json")
    assert (ended.status, ended.err) == (0, "")
    document = json.loads(ended.out)
    assert document["node"]["id"].startswith("pictory-egress-")
    words = run("explain", "gateway", environment).out
    sizes = f"{len(canonical(document)):,} bytes, packed {len(pack(document)):,} of "
    assert sizes in words


def test_configuration_when_built_by_another_process_then_it_is_the_same_byte_for_byte() -> None:
    root = Path(__file__).parents[2]

    def built(seed: str) -> bytes:
        # Sets are in another order for each seed.
        return subprocess.run(
            [sys.executable, "-m", "pictory_egress.cli", "explain", "gateway", "sandbox", "--json"],
            cwd=root, env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(root / "constructs")},
            capture_output=True, check=True, timeout=60,
        ).stdout  # fmt: skip

    assert built("1") == built("2")


def test_explain_when_the_environment_is_unknown_then_2(run: Callable[..., Any]) -> None:
    ended = run("explain", "gateway", "nowhere", "--json")
    assert (ended.status, ended.out) == (2, "")
    assert "nowhere" in ended.err


def test_explain_when_asked_then_it_tells_limits_and_what_several_tasks_make_of_them(
    run: Callable[..., Any],
) -> None:
    words = run("explain", "gateway", "prod").out
    lines = {line.split("  ")[0]: line for line in words.splitlines()}
    assert "64 headers, 24 KiB of them, within 10s" in lines["a request"]
    assert "512 connections, 1024 requests at once" in lines["a task to Pictory"]
    assert "in shares of 3 tasks: up to 4 times as much while 12 tasks run" in lines["clients' limits"]
