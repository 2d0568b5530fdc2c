"""A task as ECS runs it: prepare, Envoy, the sidecar, and the end. AWS is moto, as a server."""

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pictory_egress.gateway.registry import PARTITION_KEY, SORT_KEY
from pictory_egress.gateway.runtime.records import STATE_KEY
from tests.gateway import tasks

pytestmark = [pytest.mark.envoy, pytest.mark.slow]


def test_task_when_it_lives_then_it_refuses_serves_follows_the_secret_and_drains(
    account: tasks.Account, task: tasks.Task, kit: Any, upstream: Any
) -> None:
    token = account.issue()

    def call() -> Any:
        return task.call(token)

    # No credential yet: the task is healthy, and refuses calls by name.
    refused = kit.eventually(
        lambda: reply if (reply := call()).status == 503 and reply.code == "no_credential" else None,
        what="callers' key known, credential not",
    )
    assert task.health()["state"] == "no_credential"
    assert task.gateway.call("GET", "/healthz", credential=None).status == 200
    not_ready = task.gateway.call("GET", "/readyz", credential=None)
    assert (not_ready.status, not_ready.code) == (503, "not_ready")
    assert not upstream.received
    assert task.gateway.log_of(refused)["reason"] == "no_credential"

    # What is no credential, and what is no record of one, is told without a word of it.
    account.secrets.put_secret_value(
        SecretId=account.secret_arn,
        SecretString='{"mode":"api-key","api_key":"canary key","canary":"canary"}',
    )
    broken = {PARTITION_KEY: {"S": "credential"}, SORT_KEY: {"S": "reports/canary"}}

    def changed() -> None:
        account.dynamodb.update_item(
            TableName=account.table, Key=STATE_KEY, UpdateExpression="ADD version :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )  # fmt: skip

    account.dynamodb.put_item(TableName=account.table, Item={**broken, "client": {"S": "canary"}})
    changed()
    kit.eventually(
        lambda: "secret_malformed" in [line.get("reason") for line in task.lines()],
        what="the value is refused",
    )
    kit.eventually(lambda: 1 in [line.get("unreadable") for line in task.lines()], what="the record is seen")
    account.dynamodb.delete_item(TableName=account.table, Key=broken)
    changed()

    # The first credential.
    account.put("pictai_first")
    kit.eventually(lambda: call().status == 200, what="the first credential in use")
    assert upstream.received[-1].header("authorization") == ["pictai_first"]
    assert task.health()["state"] == "ready"
    kit.eventually(
        lambda: task.gateway.call("GET", "/readyz", credential=None).status == 200,
        what="the load balancer may send calls",
        seconds=4,
    )

    # The next one, under load: every call is answered, with the one or the other.
    upstream.received.clear()
    stop = threading.Event()

    def load() -> list[int]:
        statuses = []
        while not stop.is_set():
            statuses.append(call().status)
        return statuses

    with ThreadPoolExecutor(2) as pool:
        callers = [pool.submit(load) for _ in range(2)]
        account.put("pictai_second")
        try:
            kit.eventually(
                lambda: (
                    upstream.received and upstream.received[-1].header("authorization") == ["pictai_second"]
                ),
                what="the second credential in use",
            )
        finally:
            stop.set()
        assert {status for caller in callers for status in caller.result(20)} == {200}
    used = [seen.header("authorization")[0] for seen in upstream.received]
    assert set(used) == {"pictai_first", "pictai_second"}
    assert used == sorted(used)

    # The end: a call under way is answered, the load balancer is told, the sidecar leaves in peace.
    release = threading.Event()
    upstream.answer = kit.Answer(before=lambda _: release.wait(15))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(call)
        kit.eventually(lambda: len(upstream.received) > len(used), what="the slow call under way")
        task.sidecar.send_signal(signal.SIGTERM)
        kit.eventually(
            lambda: task.gateway.call("GET", "/healthz", credential=None).status == 503,
            what="health check fails",
        )
        draining = task.gateway.call("GET", "/readyz", credential=None)
        assert (draining.status, draining.code) == (503, "draining")
        assert task.sidecar.poll() is None
        assert task.health()["status"] == 503
        assert task.health()["state"] == "draining"
        release.set()
        assert slow.result(20).status == 200
    assert task.sidecar.wait(20) == 0

    # What it said, and what it did not say.
    events = [line["event"] for line in task.lines()]
    assert [event for event in events if event.startswith("drain")] == ["drain_started", "drain_ended"]
    assert task.lines()[-1]["requests_left"] == 0
    assert events.count("credential_loaded") == 2
    assert "heartbeat" in events
    everything = "".join(
        (task.volume / name).read_text() for name in ("sidecar.log", "access.log", "envoy.log")
    )
    assert "pictai_" not in everything
    assert "canary" not in everything
    assert token not in everything


def test_key_when_it_dies_before_the_next_is_current_then_no_read_begun_after_fails(
    account: tasks.Account, task: tasks.Task, kit: Any, upstream: Any
) -> None:
    token = account.issue()
    good = {"pictai_first"}

    def judge(handler: Any) -> Any:
        return kit.Answer(status=200 if handler.headers["Authorization"] in good else 401)

    upstream.answer = kit.Answer(before=judge)
    account.put("pictai_first")
    kit.eventually(lambda: task.call(token).status == 200, what="the first key in use")
    stop, calls = threading.Event(), []

    def load() -> None:
        while not stop.is_set():
            begun = time.monotonic()
            calls.append((begun, task.call(token).status))
            stop.wait(0.02)

    with ThreadPoolExecutor(8) as pool:
        callers = [pool.submit(load) for _ in range(8)]
        time.sleep(0.5)
        good.clear()
        time.sleep(3)
        good.add("pictai_second")
        account.put("pictai_second")
        promoted = time.monotonic()
        time.sleep(2.5)
        stop.set()
        for caller in callers:
            caller.result(20)
    failed = [begun for begun, status in calls if status != 200]
    assert failed, "the key was dead for three seconds"
    assert [begun - promoted for begun in failed if begun > promoted] == []
    loaded = [line for line in task.lines() if line["event"] == "credential_loaded"]
    assert len(loaded) == 2
    assert loaded[-1]["version_id"] == task.health()["version_id"]
    assert task.health()["unconfirmed_seconds"] <= 2


def test_write_that_begins_while_the_key_is_dead_then_it_waits_and_leaves_once_with_the_next_one(
    account: tasks.Account, task: tasks.Task, kit: Any, upstream: Any
) -> None:
    token, good = account.issue(), {"pictai_first"}

    def judge(handler: Any) -> Any:
        return kit.Answer(status=200 if handler.headers["Authorization"] in good else 401)

    upstream.answer = kit.Answer(before=judge)
    account.put("pictai_first")
    kit.eventually(lambda: task.call(token).status == 200, what="the first key in use")
    refused = task.volume / "key_refused"
    assert not refused.exists()
    good.clear()
    # Without another key a write is refused in the end, as it is: it met Pictory once.
    assert task.write(token, b'{"videoName":"met"}').status == 401
    # In the first two seconds with a new key, refusals may be of the one before.
    kit.eventually(
        lambda: task.call(token).status == 401 and refused.exists(),
        what="the sidecar has seen that the key is refused",
    )
    with ThreadPoolExecutor(1) as pool:
        write = pool.submit(task.write, token, b'{"videoName":"held"}')
        good.add("pictai_second")
        account.put("pictai_second")
        assert write.result(20).status == 200
    assert not refused.exists()
    sent = [(seen.body, seen.header("authorization")) for seen in upstream.received if seen.method == "POST"]
    assert sent == [
        (b'{"videoName":"met"}', ["pictai_first"]),
        (b'{"videoName":"held"}', ["pictai_second"]),
    ]
