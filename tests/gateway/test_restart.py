"""Tasks replaced one after the other while calls come: the balancer sees to it that none fails."""

import itertools
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.gateway.runtime.drain import drain
from pictory_egress.gateway.runtime.envoy_admin import EnvoyAdmin
from pictory_egress.gateway.runtime.log import Log
from pictory_egress.gateway.runtime.volume import Volume
from pictory_egress.gateway.settings import Client
from tests.gateway.running import way_out

pytestmark = [pytest.mark.envoy, pytest.mark.slow]

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"


class _Balancer:
    """Sends each call to a target that was healthy when last looked at, as a target group does."""

    def __init__(self) -> None:
        self.targets: list[Any] = []
        self.lock = threading.Lock()
        self.turn = itertools.count()

    def call(self, token: str) -> int:
        with self.lock:
            target = self.targets[next(self.turn) % len(self.targets)]
        return int(target.call("GET", JOB, credential=token).status)

    def look(self, target: Any) -> None:
        healthy = target.call("GET", "/readyz", credential=None).status == 200
        with self.lock:
            self.targets = [other for other in self.targets if other is not target]
            if healthy:
                self.targets.append(target)


@pytest.fixture
def start(
    kit: Any, authority: Any, token_key: Any, volume: Path, upstream: Any, resolver: Any
) -> Iterator[Any]:
    with ExitStack() as stack:

        def start(name: str) -> Any:
            directory = volume / name
            directory.mkdir()
            keys = kit.KeyServer(directory / "sidecar.sock", [token_key.jwk])
            stack.callback(keys.close)
            running = kit.Gateway(
                directory=directory,
                settings=kit.gateway_settings(upstream=way_out(upstream.port, resolver)),
                clients=[Client(name="reports", permissions=("jobs.read",))],
                authority=authority,
            )
            stack.callback(running.close)
            token = token_key.token()
            kit.eventually(
                lambda: running.call("GET", JOB, credential=token).status == 200, what="callers' keys read"
            )
            return running

        yield start


def test_tasks_when_each_is_replaced_under_load_then_no_call_fails(
    start: Any, token_key: Any, kit: Any, upstream: Any
) -> None:
    balancer, token = _Balancer(), token_key.token()
    tasks = [start("first"), start("second")]
    every = list(tasks)
    for task in tasks:
        balancer.look(task)
    stop = threading.Event()

    def load() -> list[int]:
        statuses = []
        while not stop.is_set():
            statuses.append(balancer.call(token))
        return statuses

    with ThreadPoolExecutor(5) as pool:
        callers = [pool.submit(load) for _ in range(4)]
        try:
            for number, old in enumerate(list(tasks)):
                new = start(f"new-{number}")
                every.append(new)
                balancer.look(new)
                # As the sidecar does when it is told to stop; the balancer notices while it waits.
                admin = EnvoyAdmin(Volume(old.directory).admin_socket)
                drained = pool.submit(drain, envoy=admin, seconds=10, log=Log())
                kit.eventually(
                    lambda: old.call("GET", "/healthz", credential=None).status == 503,  # noqa: B023
                    what="the old task says that it drains",
                )
                balancer.look(old)
                assert drained.result(30)
                old.process.send_signal(signal.SIGTERM)
                old.process.wait(10)
        finally:
            stop.set()
        statuses = [status for caller in callers for status in caller.result(30)]
    assert set(statuses) == {200}
    assert len(statuses) > 50
    assert len(upstream.received) >= len(statuses)
    lines = [line for task in every for line in task.log()]
    assert {line["reason"] for line in lines} <= {"ok", "identity_unavailable"}
    # Every call was made once: nothing was tried again to hide a failure.
    assert {line["attempts"] for line in lines if line["reason"] == "ok"} == {1}
