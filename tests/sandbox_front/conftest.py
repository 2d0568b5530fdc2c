"""A load balancer and web ACL deployed into moto, targets that answer over TLS, and the front that serves them."""

import asyncio
import http.client
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.certificates import Authority, Leaf
from sandbox.front import Front
from tests.sandbox_front.backend import TARGET_ADDRESS, Backend, Loop
from tests.sandbox_front.deploying import REGION, Region, World, deploy, new_region, protect

FRONT_ADDRESS = "127.77.91.1"
PROCESS_ADDRESS = "127.77.91.2"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Door:
    """The running front, and calls through it."""

    front: Front
    tls: ssl.SSLContext
    loop: Loop

    def connect(self, *, timeout: float = 10) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(FRONT_ADDRESS, self.front.port, context=self.tls, timeout=timeout)

    def call(
        self,
        method: str = "GET",
        path: str = "/pictoryapis/v1/quota",
        *,
        body: bytes | None = None,
        headers: dict[str, str | None] | None = None,
    ) -> Answer:
        sent: dict[str, str | None] = {"Authorization": "token", "User-Agent": "test/1"}
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent |= headers or {}
        connection = self.connect()
        try:
            connection.request(
                method,
                path,
                body=body,
                headers={name: value for name, value in sent.items() if value is not None},
            )
            response = connection.getresponse()
            return Answer(
                response.status,
                {name.lower(): value for name, value in response.getheaders()},
                response.read(),
            )
        finally:
            connection.close()


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield Loop(loop)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(timeout=10)
    loop.close()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("front") / "ca")


@pytest.fixture(scope="session")
def leaf(authority: Authority) -> Leaf:
    return authority.issue("front", hosts=[FRONT_ADDRESS, PROCESS_ADDRESS, TARGET_ADDRESS])


@pytest.fixture(scope="module")
def region() -> Iterator[Region]:
    with mock_aws():
        make: Any = boto3.client
        yield new_region(lambda service: make(service, region_name=REGION))


@pytest.fixture
def world(region: Region) -> World:
    """A load balancer as the gateway's construct deploys it, without a web ACL."""
    return deploy(region)


@pytest.fixture
def protected(world: World) -> World:
    """The same behind the product's own web ACL, with its log."""
    return protect(world, rate_per_credential=40)


@pytest.fixture
def backends(loop: Loop, leaf: Leaf) -> Iterator[list[Backend]]:
    made = [Backend(leaf.server_context()) for _ in range(2)]
    for backend in made:
        loop.run(backend.start())
    yield made
    for backend in made:
        loop.loop.call_soon_threadsafe(backend.hold.set)
        loop.run(backend.stop())


@pytest.fixture
def open_door(
    loop: Loop, leaf: Leaf, authority: Authority, backends: list[Backend]
) -> Iterator[Callable[[World], Door]]:
    """Starts a front over a world, with both backends healthy."""
    fronts: list[Front] = []

    def start(world: World) -> Door:
        front = Front(
            world.clients,
            load_balancer=world.load_balancer,
            leaf=leaf,
            address=FRONT_ADDRESS,
            time_scale=0.01,
        )
        fronts.append(front)
        loop.run(front.start())
        loop.run(front.set_targets([backend.target for backend in backends]))
        loop.run(front.wait_healthy(len(backends), seconds=10))
        return Door(front, authority.client_context(), loop)

    yield start
    for front in fronts:
        loop.run(front.stop())


@pytest.fixture
def door(open_door: Callable[[World], Door], protected: World) -> Door:
    """The front over the product's own firewall."""
    return open_door(protected)


@pytest.fixture
def plain_door(open_door: Callable[[World], Door], world: World) -> Door:
    """The front without a firewall."""
    return open_door(world)


@pytest.fixture
def log_records(protected: World, door: Door) -> Callable[[], list[dict[str, Any]]]:
    """Ends the front, and reads what it logged."""

    def read() -> list[dict[str, Any]]:
        door.loop.run(door.front.stop())
        events = protected.clients.logs.filter_log_events(logGroupName=f"aws-waf-logs-{protected.name}")[
            "events"
        ]
        return [json.loads(event["message"]) for event in events]

    return read
