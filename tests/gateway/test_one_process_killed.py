"""Any one process of one of two tasks is killed under load: no other call fails than those under way in it."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.gateway import tasks
from tests.gateway.balancing import BAD, GOOD, WRITERS, Balancer

pytestmark = [pytest.mark.envoy, pytest.mark.slow]


@pytest.fixture(scope="module")
def pair(
    tmp_path_factory: pytest.TempPathFactory, authority: Any, volume: Path, upstream: Any, resolver: Any
) -> Iterator[tuple[list[tasks.Task], str]]:
    """Two tasks that are ready, and a caller's credential."""
    with ExitStack() as stack:
        account = stack.enter_context(tasks.account(tmp_path_factory.mktemp("account")))
        account.put("pictai_first")
        running = []
        for name in ("first", "second"):
            (volume / name).mkdir()
            task = tasks.task(
                account=account,
                volume=volume / name,
                upstream=upstream,
                resolver=resolver,
                authority=authority,
            )
            running.append(stack.enter_context(task))
        yield running, account.issue()


@pytest.fixture
def balancer(pair: tuple[list[tasks.Task], str], kit: Any, upstream: Any) -> Balancer:
    running, token = pair
    for task in running:
        kit.eventually(lambda task=task: task.ready() == 200, what="the task is in service")
        kit.eventually(lambda task=task: task.call(token).status == 200, what="the credential is known")
        kit.eventually(task.gateway.inspector.ready, what="both inspectors answer")
        kit.eventually(
            lambda task=task: task.gateway.healthy_inspectors() == 2, what="Envoy knows both inspectors"
        )
    upstream.reset()
    return Balancer(running)


def kill_worker(task: tasks.Task, kit: Any) -> None:
    inspector = task.gateway.inspector.containers[0]
    (worker,) = inspector.workers()
    tasks.kill(worker, parent=inspector.process.pid)
    kit.eventually(inspector.ready, what="the worker is back")


def kill_inspector(task: tasks.Task, kit: Any) -> None:
    inspector = task.gateway.inspector.containers[1]
    inspector.kill()
    # ECS needs seconds, until when Envoy has long taken it out.
    kit.eventually(lambda: task.gateway.healthy_inspectors() == 1, what="Envoy misses the inspector")
    assert task.ready() == 200, "the other one answers"
    inspector.start()
    kit.eventually(lambda: task.gateway.healthy_inspectors() == 2, what="Envoy finds the inspector again")


def kill_sidecars_worker(task: tasks.Task, kit: Any) -> None:
    task.kill_worker()
    kit.eventually(lambda: sidecar_answers(task), what="the sidecar is back")


def kill_sidecar(task: tasks.Task, kit: Any) -> None:
    task.kill_sidecar()
    task.start_sidecar()
    kit.eventually(lambda: sidecar_answers(task), what="the sidecar is back")


def sidecar_answers(task: tasks.Task) -> bool:
    try:
        return bool(task.health()["state"] == "ready")
    except OSError:
        return False


@pytest.mark.parametrize("kill", [kill_worker, kill_inspector, kill_sidecars_worker, kill_sidecar])
def test_process_when_killed_under_load_then_no_call_fails(
    balancer: Balancer,
    pair: tuple[list[tasks.Task], str],
    kit: Any,
    upstream: Any,
    kill: Callable[[tasks.Task, Any], None],
) -> None:
    running, token = pair
    with balancer.load(token):
        kill(running[0], kit)
        balancer.wait_for_calls()
    # Stricter than what must hold: even an inspection that was under way is made again by the other inspector.
    assert balancer.failed() == []
    assert_inspected(balancer, upstream)
    kit.eventually(lambda: running[0].ready() == 200, what="the task is in service")


def test_readiness_when_no_inspector_answers_then_503_until_one_does(
    balancer: Balancer, pair: tuple[list[tasks.Task], str], kit: Any, upstream: Any
) -> None:
    (task, _), token = pair
    inspectors = task.gateway.inspector.containers
    for inspector in inspectors:
        inspector.kill()
    said = kit.eventually(
        lambda: (
            reply if (reply := task.gateway.call("GET", "/readyz", credential=None)).status != 200 else None
        ),
        what="the task is out of service",
        seconds=10,
    )
    assert (said.status, said.code) == (503, "not_ready")
    for body in (GOOD, BAD):
        refused = task.write(token, body)
        assert (refused.status, refused.code) == (503, "inspection_unavailable")
    assert task.call(token).status == 200
    assert [seen.method for seen in upstream.received] == ["GET"]
    inspectors[1].start()
    kit.eventually(lambda: task.ready() == 200, what="the task is in service with one inspector")
    assert task.write(token, GOOD).status == 200
    assert task.write(token, BAD).status == 403
    inspectors[0].start()
    kit.eventually(lambda: task.gateway.healthy_inspectors() == 2, what="Envoy finds the other one again")
    assert [seen.body for seen in upstream.received if seen.method == "POST"] == [GOOD]


COSTLY = b'{"videoName":"costly"}'
_COSTLY_FOR_THE_INSPECTOR = """
import sys
from pictory_egress.gateway.runtime.inspection import server
from pictory_egress.gateway.runtime.__main__ import main

check, server.CPU_SECONDS = server.check, 0.3

def costly(body, **more):
    if b"costly" in body:
        sum(range(10**12))
    check(body, **more)

server.check = costly
sys.exit(main(["inspect"]))
"""


def test_body_when_it_ends_its_worker_then_it_is_retried_once(
    balancer: Balancer, pair: tuple[list[tasks.Task], str], kit: Any, upstream: Any
) -> None:
    (task, _), token = pair
    inspectors = task.gateway.inspector
    for inspector in inspectors.containers:
        inspector.kill()
        inspector.command = [sys.executable, "-c", _COSTLY_FOR_THE_INSPECTOR]
        inspector.start()
    kit.eventually(inspectors.ready, what="both inspectors answer")
    kit.eventually(lambda: task.gateway.healthy_inspectors() == 2, what="Envoy knows both inspectors")
    ends = inspectors.log().count("worker_ended")
    with balancer.load(token):
        refused = task.write(token, COSTLY)
        ended = time.monotonic()
        balancer.wait_for_calls()
        kit.eventually(inspectors.ready, what="the workers are back")
        balancer.wait_for_calls()
    assert (refused.status, refused.code) == (503, "inspection_unavailable")
    assert inspectors.log().count("worker_ended") - ends == 2, "one for each try"
    # Those that stood behind it at both workers; each caller has one call under way.
    failed = balancer.failed()
    assert len(failed) <= WRITERS
    assert {(call.task is task, call.status, call.code) for call in failed} <= {
        (True, 503, "inspection_unavailable")
    }
    assert all(call.began < ended for call in failed)
    left = Counter(seen.body for seen in upstream.received if seen.method == "POST")
    assert set(left) == {GOOD}


def assert_inspected(balancer: Balancer, upstream: Any) -> None:
    """Every write that was answered with 200 left once; no body left that is forbidden."""
    left = Counter(seen.body for seen in upstream.received if seen.method == "POST")
    assert set(left) == {GOOD}
    assert left[GOOD] == sum(call.kind == "write" for call in balancer.calls)
