"""What it costs that bodies are inspected, beside the same gateway without, and beside a parser within Envoy."""

import json
import socket
from collections.abc import Callable
from statistics import median
from typing import Any, Final

from benchmarks.gateway import CLIENT, STORYBOARD
from benchmarks.load import Call, ask
from benchmarks.processes import cpu_seconds, resident_mib
from benchmarks.stage import Stage, standing
from pictory_egress.gateway.envoy.inspection import INSPECTION_FILTER
from tests.gateway.hostile_json import HOSTILE
from tests.gateway.running import Gateway

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


def without_inspection(document: dict[str, Any]) -> None:
    """Takes the filter, and what routes say of it, out of Envoy's configuration."""
    manager = document["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    manager["http_filters"] = [one for one in manager["http_filters"] if one["name"] != INSPECTION_FILTER]
    for route in manager["route_config"]["virtual_hosts"][0]["routes"]:
        route.get("typed_per_filter_config", {}).pop(INSPECTION_FILTER, None)


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
            figures["added_ms"] = added_ms(stage, call, gateway, plain, connections=1, rounds=rounds)
            figures["added_ms_4_connections"] = added_ms(
                stage, call, gateway, plain, connections=4, rounds=rounds
            )
            figures["share_of_rate_without"] = share_of_rate(stage, call, gateway, plain, rounds=rounds)
            figures["hostile_seconds"] = hostile_seconds(gateway)
            figures["worker_mib"] = max(map(resident_mib, gateway.inspector.workers()))
        return figures


def _call(stage: Stage) -> Call:
    headers = {"Authorization": stage.token_key.token(CLIENT.name), "Content-Type": "application/json"}
    return Call(STORYBOARD, method="POST", headers=headers, body=storyboard())


Edit = Callable[[dict[str, Any]], None]
