"""A key that dies while calls are under way: reads wait for the next one, writes are never carried out twice."""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pictory_egress.gateway.envoy.headers import TAKEOVER_SECONDS, TRY_AGAIN_HEADER

pytestmark = pytest.mark.envoy

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
STORYBOARD = "/pictoryapis/v2/video/storyboard"
JSON = [("Content-Type", "application/json")]
UNAUTHORIZED = b'{"message":"Unauthorized"}'


@pytest.fixture
def only(upstream: Any, kit: Any) -> Any:
    """Makes Pictory accept one key and no other."""

    def accept(key: str) -> None:
        def judge(handler: Any) -> Any:
            good = handler.headers["Authorization"] == key
            return kit.Answer(body=b"{}") if good else kit.Answer(status=401, body=UNAUTHORIZED)

        upstream.answer = kit.Answer(before=judge)

    return accept


@pytest.fixture(autouse=True)
def _restored(gateway: Any, kit: Any) -> Iterator[None]:
    yield
    gateway.write_credential(kit.api_key)


def test_read_when_its_key_is_refused_then_it_is_tried_again_with_the_new_key(
    gateway: Any, token_key: Any, upstream: Any, kit: Any, only: Any
) -> None:
    only("pictai_next")
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(gateway.call, "GET", JOB, credential=token_key.token())
        kit.eventually(lambda: upstream.received, what="the first try")
        gateway.write_credential("pictai_next")
        reply = call.result(10)
    assert (reply.status, reply.body) == (200, b"{}")
    assert [seen.header("authorization") for seen in upstream.received] == [[kit.api_key], ["pictai_next"]]
    assert gateway.log_of(reply)["attempts"] == 2


def test_read_when_no_new_key_comes_then_the_refusal_is_passed_on_after_one_more_try(
    gateway: Any, token_key: Any, upstream: Any, only: Any
) -> None:
    only("pictai_next")
    start = time.monotonic()
    reply = gateway.call("GET", JOB, credential=token_key.token())
    assert (reply.status, reply.body) == (401, UNAUTHORIZED)
    assert TRY_AGAIN_HEADER not in reply.headers
    assert len(upstream.received) == 2
    assert TAKEOVER_SECONDS <= time.monotonic() - start < 2 * TAKEOVER_SECONDS


def test_write_when_its_key_is_refused_then_it_is_not_tried_again(
    gateway: Any, token_key: Any, upstream: Any, only: Any
) -> None:
    only("pictai_next")
    reply = gateway.call(
        "POST", STORYBOARD, credential=token_key.token("studio"), headers=JSON, body=b'{"scenes":[]}'
    )
    assert (reply.status, len(upstream.received)) == (401, 1)
    assert TRY_AGAIN_HEADER not in reply.headers


def test_reads_when_many_are_refused_at_once_then_all_are_tried_again(
    gateway: Any, token_key: Any, upstream: Any, kit: Any
) -> None:
    answer = threading.Event()

    def judge(handler: Any) -> Any:
        if handler.headers["Authorization"] == "pictai_next":
            return None
        answer.wait(10)
        return kit.Answer(status=401, body=UNAUTHORIZED)

    upstream.answer = kit.Answer(before=judge)
    token = token_key.token()
    with ThreadPoolExecutor(30) as pool:
        calls = [pool.submit(gateway.call, "GET", JOB, credential=token) for _ in range(30)]
        kit.eventually(lambda: len(upstream.received) == 30, what="the first tries")
        gateway.write_credential("pictai_next")
        answer.set()
        statuses = [call.result(20).status for call in calls]
    assert statuses == [200] * 30
    assert len(upstream.received) == 60


@pytest.mark.parametrize("broken", [500, 502, 503, 504, "reset"])
def test_pictory_when_it_fails_for_good_then_it_gets_twice_the_reads_at_most_and_the_writes_once(
    gateway: Any, token_key: Any, upstream: Any, kit: Any, broken: int | str
) -> None:
    def fail(handler: Any) -> Any:
        if broken != "reset":
            return kit.Answer(status=broken)
        handler.connection.shutdown(socket.SHUT_RDWR)
        raise ConnectionResetError

    upstream.answer = kit.Answer(before=fail)
    reader, writer = token_key.token(), token_key.token("studio")

    def call(number: int) -> int:
        if number % 10:
            return int(gateway.call("GET", JOB, credential=reader).status)
        body = json.dumps({"videoName": f"{number}"}).encode()
        return int(gateway.call("POST", STORYBOARD, credential=writer, headers=JSON, body=body).status)

    with ThreadPoolExecutor(40) as pool:
        statuses = Counter(pool.map(call, range(200)))
    assert not statuses.keys() & {200, 401}
    reached = Counter(seen.method for seen in upstream.received)
    assert reached["GET"] <= 2 * 180
    assert reached["POST"] <= 20
