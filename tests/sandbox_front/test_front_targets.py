"""Targets of the front: health, balancing, draining."""

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from sandbox.front import Target

if TYPE_CHECKING:
    from tests.sandbox_front.backend import Backend
    from tests.sandbox_front.conftest import Answer, Door

PATH = "/pictoryapis/held"


def _ports(door: "Door", calls: int) -> list[int]:
    return [door.call().json["port"] for _ in range(calls)]


def _held_call(door: "Door") -> "tuple[threading.Thread, list[Answer]]":
    answers: list[Answer] = []
    thread = threading.Thread(target=lambda: answers.append(door.call("GET", PATH)))
    thread.start()
    return thread, answers


async def _until(condition: object, *, seconds: float = 10) -> None:
    assert callable(condition)
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def test_healthy_targets_share_the_requests(plain_door: "Door", backends: "list[Backend]") -> None:
    ports = _ports(plain_door, 10)
    assert {ports.count(backend.port) for backend in backends} == {5}


def test_target_that_fails_its_checks_gets_nothing_until_it_is_well(
    plain_door: "Door", backends: "list[Backend]"
) -> None:
    ill, well = backends
    ill.status = 503
    plain_door.loop.run(_until(lambda: plain_door.front.states()[ill.target] == "unhealthy"))
    assert set(_ports(plain_door, 6)) == {well.port}
    ill.status = 200
    plain_door.loop.run(plain_door.front.wait_healthy(2, seconds=10))
    assert set(_ports(plain_door, 6)) == {ill.port, well.port}


def test_targets_that_are_all_unhealthy_are_tried_all_the_same(
    plain_door: "Door", backends: "list[Backend]"
) -> None:
    for backend in backends:
        backend.status = 500
    plain_door.loop.run(_until(lambda: set(plain_door.front.states().values()) == {"unhealthy"}))
    assert plain_door.call().status == 200


def test_target_that_is_gone_is_reported_with_its_reason(plain_door: "Door") -> None:
    gone = Target("127.77.91.99", 1)
    plain_door.loop.run(_register(plain_door, gone))
    plain_door.loop.run(_until(lambda: plain_door.front.states()[gone] == "unhealthy"))
    with pytest.raises(TimeoutError, match=r"127\.77\.91\.99:1 unhealthy \(Target\.FailedHealthChecks"):
        plain_door.loop.run(plain_door.front.wait_healthy(3, seconds=0.1))


async def _register(door: "Door", target: Target) -> None:
    door.front.register(target)


def test_request_goes_where_fewer_are_under_way(plain_door: "Door", backends: "list[Backend]") -> None:
    thread, answers = _held_call(plain_door)
    plain_door.loop.run(_until(lambda: any(backend.arrived.is_set() for backend in backends)))
    busy = next(backend for backend in backends if backend.arrived.is_set())
    assert busy.port not in _ports(plain_door, 6)
    plain_door.loop.loop.call_soon_threadsafe(busy.hold.set)
    thread.join(timeout=10)
    assert answers[0].status == 200


def test_deregistered_target_ends_its_flights_and_gets_no_more(
    plain_door: "Door", backends: "list[Backend]"
) -> None:
    thread, answers = _held_call(plain_door)
    plain_door.loop.run(_until(lambda: any(backend.arrived.is_set() for backend in backends)))
    leaving = next(backend for backend in backends if backend.arrived.is_set())
    # As long as the deployed delay, so that the flight decides and not the clock.
    plain_door.front._scale = 1.0
    for pool in plain_door.front._pools.values():
        pool._scale = 1.0
    draining = asyncio.run_coroutine_threadsafe(
        plain_door.front.deregister(leaving.target), plain_door.loop.loop
    )
    plain_door.loop.run(_until(lambda: plain_door.front.states().get(leaving.target) == "draining"))
    assert leaving.port not in _ports(plain_door, 6)
    assert not draining.done()
    plain_door.loop.loop.call_soon_threadsafe(leaving.hold.set)
    assert draining.result(timeout=10) == 0
    thread.join(timeout=10)
    assert answers[0].status == 200
    assert leaving.target not in plain_door.front.states()


def test_flight_longer_than_the_deployed_delay_is_counted_as_left(
    plain_door: "Door", backends: "list[Backend]"
) -> None:
    thread, _ = _held_call(plain_door)
    plain_door.loop.run(_until(lambda: any(backend.arrived.is_set() for backend in backends)))
    leaving = next(backend for backend in backends if backend.arrived.is_set())
    assert plain_door.loop.run(plain_door.front.deregister(leaving.target)) == 1
    plain_door.loop.loop.call_soon_threadsafe(leaving.hold.set)
    thread.join(timeout=10)


@pytest.mark.parametrize("text", ["127.77.1.1", ":8443", "127.77.1.1:", "127.77.1.1:https"])
def test_target_that_is_no_address_and_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write address:port"):
        Target.parse(text)
