"""The sidecar and the inspector are killed at any moment: reads go on, nothing leaves unseen, and all mends itself."""

import base64
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from pictory_egress.gateway.runtime.confirmed import KEEP_SECONDS
from tests.gateway import tasks
from tests.gateway.running import free_port
from tests.gateway.tasks import STORYBOARD

pytestmark = [pytest.mark.envoy, pytest.mark.slow]

JSON = [("Content-Type", "application/json")]
GOOD, BAD = b'{"videoName":"good"}', b'{"webhook":"https://evil.example/x"}'


def jti(token: str) -> str:
    payload = token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["jti"])


@contextmanager
def load(call: Callable[[], Any], *, callers: int = 2) -> Iterator[list[Any]]:
    """Calls all the time; the replies are there when it is over."""
    stop, replies = threading.Event(), []

    def caller() -> None:
        while not stop.is_set():
            replies.append(call())

    with ThreadPoolExecutor(callers) as pool:
        running = [pool.submit(caller) for _ in range(callers)]
        try:
            yield replies
        finally:
            stop.set()
        for one in running:
            one.result(20)


def test_sidecar_when_killed_before_the_first_key_then_all_is_refused_until_it_is_back(
    account: tasks.Account, task: tasks.Task, kit: Any, upstream: Any
) -> None:
    token = account.issue()
    task.kill_sidecar()
    account.put("pictai_first")
    with load(lambda: task.call(token)) as replies:
        time.sleep(1)
        # What callers' credentials are checked with may not have been read either.
        assert replies
        assert {(reply.status, reply.code) for reply in list(replies)} <= {
            (503, "identity_unavailable"),
            (503, "no_credential"),
        }
        assert not upstream.received
        task.start_sidecar()
        kit.eventually(lambda: replies[-1].status == 200, what="the first key in use")
    assert {reply.status for reply in replies} == {200, 503}
    refused = next(reply for reply in replies if reply.status == 503)
    assert task.gateway.log_of(refused)["reason"] == refused.code


def test_sidecar_when_killed_after_the_first_key_then_reads_go_on_and_it_takes_up_what_changed_meanwhile(
    account: tasks.Account, task: tasks.Task, kit: Any, upstream: Any
) -> None:
    token, revoked = account.issue(), account.issue()
    account.put("pictai_first")
    kit.eventually(lambda: task.call(token).status == 200, what="the first key in use")
    kit.eventually(lambda: task.call(revoked).status == 200, what="both credentials are known")
    with load(lambda: task.call(token)) as replies:
        task.kill_sidecar()
        account.put("pictai_second")
        time.sleep(1)
        assert {seen.header("authorization")[0] for seen in upstream.received} == {"pictai_first"}
        account.operate("revoke", "reports", jti(revoked))
        task.start_sidecar()
        kit.eventually(
            lambda: upstream.received[-1].header("authorization") == ["pictai_second"], what="the second key"
        )
        kit.eventually(
            lambda: (reply := task.call(revoked)).status == 401 and reply.code == "credential_revoked",
            what="the revocation made while it was dead",
        )
    assert {reply.status for reply in replies} == {200}


def test_sidecar_when_killed_again_and_again_while_keys_change_then_no_call_fails_and_no_half_key_leaves(
    account: tasks.Account, task: tasks.Task, kit: Any, upstream: Any
) -> None:
    token = account.issue()
    keys = [f"pictai_{number}_" + "k" * 4000 for number in range(6)]
    account.put(keys[0])
    kit.eventually(lambda: task.call(token).status == 200, what="the first key in use")
    with load(lambda: task.call(token)) as replies:
        for number, key in enumerate(keys[1:]):
            # As a writer leaves it that is killed between its file and the rename.
            (task.volume / f".token.{number}").write_text(key[:9])
            account.put(key)
            # Around the moment at which the new key is written: a start takes about half a second.
            time.sleep(0.15 * number)
            task.kill_sidecar()
            task.start_sidecar()
            time.sleep(0.4 + 0.1 * number)
        kit.eventually(
            lambda: upstream.received[-1].header("authorization") == [keys[-1]], what="the last key"
        )
    assert {reply.status for reply in replies} == {200}
    assert {seen.header("authorization")[0] for seen in upstream.received} <= set(keys)
    assert not list(task.volume.glob(".token.*")), "what a killed writer left is taken away"


def test_sidecar_when_killed_while_aws_is_down_then_the_key_serves_for_what_is_left_of_its_day_and_then_no_call(
    account: tasks.Account, task: tasks.Task, kit: Any, upstream: Any
) -> None:
    token = account.issue()
    account.put("pictai_first")
    kit.eventually(lambda: task.call(token).status == 200, what="the first key in use")
    task.environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{free_port()}"

    kit.eventually(lambda: task.ready() == 200, what="the task is in service")
    with load(lambda: task.call(token)) as replies, load(task.ready, callers=1) as readiness:
        task.kill_sidecar()
        told = len(task.events())
        task.start_sidecar()
        kit.eventually(
            lambda: {"credential_failed", "registry_failed"} <= set(task.events()[told:]),
            what="AWS was asked in vain",
        )
        time.sleep(1.5)
        assert task.health()["state"] == "ready"
    assert {reply.status for reply in replies} == {200}
    assert set(readiness) == {200}, "a sidecar that starts again takes no task out of service"

    # Nearly a day later, as far as the note tells.
    task.kill_sidecar()
    note = json.loads((task.volume / "token.confirmed").read_text())
    note["confirmed_at"] = time.monotonic() - KEEP_SECONDS + 6
    (task.volume / "token.confirmed").write_text(json.dumps(note))
    task.start_sidecar()
    assert task.call(token).status == 200
    refused = kit.eventually(
        lambda: reply if (reply := task.call(token)).status != 200 else None,
        what="the key is too old",
        seconds=15,
    )
    assert (refused.status, refused.code) == (503, "no_credential")
    assert task.events()[-1] == "credential_withdrawn"
    kit.eventually(lambda: task.ready() == 503, what="the task is out of service", seconds=5)


def test_sidecar_when_killed_twice_within_a_minute_then_the_task_stays_in_service_and_still_drains_at_its_end(
    account: tasks.Account, task: tasks.Task, kit: Any, upstream: Any
) -> None:
    token = account.issue()
    account.put("pictai_first")
    kit.eventually(lambda: task.call(token).status == 200, what="the first key in use")
    kit.eventually(lambda: task.ready() == 200, what="the task is in service")
    with load(lambda: task.call(token)) as replies, load(task.ready, callers=1) as readiness:
        for _ in range(2):
            task.kill_worker()
            time.sleep(1)
        account.put("pictai_second")
        kit.eventually(
            lambda: upstream.received[-1].header("authorization") == ["pictai_second"], what="the second key"
        )
    assert task.sidecar.poll() is None, "ECS sees a container that runs on"
    assert {reply.status for reply in replies} == {200}
    assert set(readiness) == {200}
    assert task.events().count("sidecar_ended") == 2

    # Killed a last time while it waits for a call: that is waited for all the same.
    release = threading.Event()
    upstream.reset()
    upstream.answer = kit.Answer(before=lambda _: release.wait(15))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(task.call, token)
        kit.eventually(lambda: upstream.received, what="the slow call under way")
        task.sidecar.send_signal(signal.SIGTERM)
        kit.eventually(lambda: task.events()[-1] == "drain_started", what="the sidecar drains")
        task.kill_worker()
        kit.eventually(lambda: task.events().count("drain_started") == 2, what="it is drained without it")
        assert task.sidecar.poll() is None
        release.set()
        assert slow.result(20).status == 200
    assert task.sidecar.wait(20) == 0
    assert task.lines()[-1]["requests_left"] == 0


@pytest.mark.parametrize("whole", [False, True], ids=["the workers", "the containers"])
def test_inspectors_when_both_killed_then_no_body_leaves_uninspected(
    gateway: Any, token_key: Any, upstream: Any, kit: Any, whole: bool
) -> None:
    studio, single = token_key.token("studio"), token_key.token("single")

    def post(body: bytes) -> Any:
        return gateway.call("POST", STORYBOARD, credential=studio, headers=JSON, body=body)

    kit.eventually(lambda: post(GOOD).status == 200, what="the inspectors answer")
    upstream.reset()
    asked: list[Any] = []
    bodies = iter([GOOD, BAD] * 5000)
    with (
        load(lambda: asked.append(post(next(bodies)))),
        load(lambda: gateway.call("GET", "/pictoryapis/v1/quota", credential=single), callers=1) as reads,
    ):
        for _ in range(4):
            time.sleep(0.2)
            if whole:
                for container in gateway.inspector.containers:
                    container.kill()
                refused = kit.eventually(
                    lambda: asked[-1] if asked[-1].status == 503 else None, what="a write meets no inspector"
                )
                for container in gateway.inspector.containers:
                    container.start()
                kit.eventually(gateway.inspector.ready, what="both inspectors are back")
            else:
                for worker in gateway.inspector.workers():
                    os.kill(worker, signal.SIGKILL)
        kit.eventually(lambda: asked and asked[-1].status in (200, 403), what="an inspector is back")
    kit.eventually(lambda: post(GOOD).status == 200, what="an inspector is back")
    told = {(reply.status, "" if reply.status == 200 else reply.code) for reply in asked}
    assert told <= {(200, ""), (403, "body_host_not_allowed"), (503, "inspection_unavailable")}
    assert {reply.status for reply in reads} == {200}
    assert BAD not in [seen.body for seen in upstream.received]
    if whole:
        assert gateway.log_of(refused)["reason"] == "inspection_unavailable"
