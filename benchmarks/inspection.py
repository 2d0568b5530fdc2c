"""What it costs that bodies are inspected, beside the same gateway without, and beside a parser within Envoy."""

import http.client
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from threading import Event
from typing import Any, Final

from benchmarks.gateway import CLIENT, JOB, STORYBOARD
from benchmarks.load import Call, ask
from benchmarks.processes import cpu_seconds, resident_mib
from benchmarks.stage import Stage, standing, without_inspection
from pictory_egress.gateway.envoy.inspection import INSPECTION_FILTER
from pictory_egress.gateway.envoy.shapes import typed
from tests.gateway.hostile_json import HOSTILE
from tests.gateway.running import Gateway

LUA: Final = Path(__file__).with_name("inspector.lua")
BODY_BYTES: Final = 16 * 1024


def storyboard() -> str:
    """A request of :data:`BODY_BYTES` as clients make them: some sixty scenes, each with text, settings and a URL."""
    scene = {
        "story": "A door that knows who knocks, and what may leave by it. " * 2,
        "createSceneOnNewLine": True,
        "background": {"type": "video", "visualUrl": "https://video.pictory.ai/library/0001/video.mp4"},
    }
    document: dict[str, Any] = {"videoName": "bench", "scenes": []}
    while len(json.dumps(document)) < BODY_BYTES - 300:
        document["scenes"].append(scene)
    document["videoName"] += "x" * (BODY_BYTES - len(json.dumps(document)))
    return json.dumps(document)


def added_ms(
    stage: Stage, call: Call, gateway: Gateway, plain: Gateway, *, connections: int, rounds: int
) -> float:
    """How much longer the median call takes with inspection than without it."""

    def median_ms(of: Gateway) -> float:
        return ask(
            port=of.port, calls=[call], connections=connections, seconds=1, core=stage.cores.load
        ).median_ms

    return median(median_ms(gateway) - median_ms(plain) for _ in range(rounds))


def share_of_rate(stage: Stage, call: Call, gateway: Gateway, plain: Gateway, *, rounds: int) -> float:
    """Calls a second with inspection, as a share of those without."""

    def rate(of: Gateway) -> float:
        return ask(port=of.port, calls=[call], connections=32, seconds=2, core=stage.cores.load).rate

    return median(rate(gateway) / rate(plain) for _ in range(rounds))


def cpu_ms(stage: Stage, call: Call, gateway: Gateway) -> float:
    """Processor time of Envoy and the inspector for one call; it tells the cost on a machine that is busy, too."""
    pids = (gateway.process.pid, *gateway.inspector.workers())
    before = sum(map(cpu_seconds, pids))
    asked = ask(port=gateway.port, calls=[call], connections=4, seconds=2, core=stage.cores.load)
    return (sum(map(cpu_seconds, pids)) - before) / asked.calls * 1000


def hostile_seconds(gateway: Gateway) -> float:
    """The processor time of the workers for the hostile body that takes the most of it, asked as Envoy asks."""
    return max(_seconds(gateway, body) for body in HOSTILE.values())


def _seconds(gateway: Gateway, body: bytes) -> float:
    [worker, *_] = gateway.inspector.workers()
    head = (
        "POST /inspect HTTP/1.1\r\nx-inspect-client-gateway: reports\r\nx-inspect-operation: storyboards.create\r\n"
        f"x-inspect-length: {len(body)}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    before = cpu_seconds(worker)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(gateway.inspector.directory / "inspector-0.sock"))
        connection.sendall(head.encode() + body)
        if not connection.recv(65_536).startswith(b"HTTP/1.1 "):
            raise RuntimeError("the inspector did not answer")
    return cpu_seconds(worker) - before


def slow_read_ms(stage: Stage, gateway: Gateway) -> float:
    """How long the slowest of small reads takes while the costliest of hostile bodies comes in, again and again.

    ``p99`` of reads over one connection beside one connection of such bodies: it tells whether a caller with a
    grant to write can hold up the others.
    """
    headers = {"Authorization": stage.token_key.token(CLIENT.name)}
    body = HOSTILE["as many keys as are allowed"]
    with ThreadPoolExecutor() as pool:
        over = Event()
        attack = pool.submit(_attack, gateway, headers | {"Content-Type": "application/json"}, body, over)
        read = ask(
            port=gateway.port,
            calls=[Call(JOB, headers=headers)],
            connections=1,
            seconds=3,
            core=stage.cores.load,
        )
        over.set()
        if not attack.result():
            raise RuntimeError("no hostile body was answered meanwhile")
    return read.p99_ms


def _attack(gateway: Gateway, headers: dict[str, str], body: bytes, over: Event) -> int:
    connection = http.client.HTTPSConnection("127.0.0.1", gateway.port, context=gateway.context(), timeout=30)
    answered = 0
    while not over.is_set():
        connection.request("POST", STORYBOARD, body, headers)
        connection.getresponse().read()
        answered += 1
    connection.close()
    return answered


def within_envoy(document: dict[str, Any]) -> None:
    """Puts the parser in Lua in the place of the inspector."""
    manager = document["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    [filter_] = [one for one in manager["http_filters"] if one["name"] == INSPECTION_FILTER]
    source = {"inline_string": LUA.read_text(encoding="utf-8")}
    filter_["typed_config"] = typed("envoy.extensions.filters.http.lua.v3.Lua", default_source_code=source)


def measure(rounds: int = 5) -> dict[str, float]:
    """Medians over ``rounds``; the hostile bodies once each."""
    with standing() as stage:
        call = _call(stage)
        figures: dict[str, float] = {}
        with (
            stage.gateway(clients=[CLIENT]) as gateway,
            stage.gateway(clients=[CLIENT], edit=without_inspection) as plain,
        ):
            stage.pin_origin(measured=False)
            figures["slow_read_ms"] = slow_read_ms(stage, gateway)
            figures["added_ms"] = added_ms(stage, call, gateway, plain, connections=1, rounds=rounds)
            figures["added_ms_4_connections"] = added_ms(
                stage, call, gateway, plain, connections=4, rounds=rounds
            )
            figures["added_cpu_ms"] = median(
                cpu_ms(stage, call, gateway) - cpu_ms(stage, call, plain) for _ in range(rounds)
            )
            figures["share_of_rate_without"] = share_of_rate(stage, call, gateway, plain, rounds=rounds)
            figures["hostile_seconds"] = hostile_seconds(gateway)
            figures["worker_mib"] = max(map(resident_mib, gateway.inspector.workers()))
            with stage.gateway(clients=[CLIENT], edit=within_envoy) as lua:
                figures["lua_added_ms"] = added_ms(stage, call, lua, plain, connections=1, rounds=rounds)
                figures["lua_share_of_rate_without"] = share_of_rate(stage, call, lua, plain, rounds=rounds)
                figures["lua_slow_read_ms"] = slow_read_ms(stage, lua)
        return figures


def _call(stage: Stage) -> Call:
    headers = {"Authorization": stage.token_key.token(CLIENT.name), "Content-Type": "application/json"}
    return Call(STORYBOARD, method="POST", headers=headers, body=storyboard())
