"""Calls through the gateway with everything on, beside calls without it and through other proxies."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks.load import Call, ask
from benchmarks.peers import PEERS
from benchmarks.processes import cpu_seconds, resident_mib
from benchmarks.stage import Stage, standing, without_inspection
from pictory_egress.gateway.settings import Client

JOB: Final = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
STORYBOARD: Final = "/pictoryapis/v2/video/storyboard"
POST_BYTES: Final = 16 * 1024
MEMORY_CALLS: Final = 200_000
WARM_CALLS: Final = 50_000
"""After which memory is first looked at: pools and caches have their size by then."""

PEER_NAMES: Final = {peer.name for peer in PEERS}
PEERS_MAY_FAIL: Final = 0.05
"""Share of a peer's calls: Squid now and then resets a connection under a POST."""

CLIENT: Final = Client(
    name="reports", permissions=("jobs.read", "storyboards.write"), rate_per_minute=1_000_000
)


@dataclass(frozen=True)
class Target:
    """Somebody who takes calls; ``pid`` is whose processor time and memory count."""

    name: str
    port: int
    pid: int


def get(token: str) -> Call:
    """A small read."""
    return Call(JOB, headers={"Authorization": token})


def post(token: str) -> Call:
    """A write of :data:`POST_BYTES`, of plain JSON."""
    frame = '{"videoName":"bench","scenes":[{"story":""}]}'
    body = frame.replace('""', '"' + "a" * (POST_BYTES - len(frame)) + '"')
    return Call(
        STORYBOARD,
        method="POST",
        headers={"Authorization": token, "Content-Type": "application/json"},
        body=body,
    )


@contextmanager
def targets(stage: Stage) -> Iterator[list[Target]]:
    """The origin itself, the gateway with inspection and without, and each installed peer, all running."""
    with ExitStack() as stack:
        gateway = stack.enter_context(stage.gateway(clients=[CLIENT]))
        plain = stack.enter_context(stage.gateway(clients=[CLIENT], edit=without_inspection))
        found = [
            Target("direct", stage.origin_port, stage.origin.pid),
            Target("gateway", gateway.port, gateway.process.pid),
            Target("uninspected", plain.port, plain.process.pid),
        ]
        for peer in PEERS:
            if peer.installed:
                found.append(Target(peer.name, *stack.enter_context(peer.running(stage))))
        yield found


def rates(
    stage: Stage, found: list[Target], call: Call, *, rounds: int, seconds: float
) -> dict[str, list[float]]:
    """Calls a second of each target in each round, over 32 connections; processor time of the gateway's calls too."""
    of: dict[str, list[float]] = {name: [] for name in ("gateway_cpu_us", *(t.name for t in found))}
    for _ in range(rounds):
        for target in found:
            stage.pin_origin(measured=target.name == "direct")
            before = cpu_seconds(target.pid)
            asked = ask(
                port=target.port,
                calls=[call],
                connections=32,
                seconds=seconds,
                core=stage.cores.load,
                may_fail=PEERS_MAY_FAIL if target.name in PEER_NAMES else 0,
            )
            of[target.name].append(asked.rate)
            if target.name == "gateway":
                of["gateway_cpu_us"].append((cpu_seconds(target.pid) - before) / asked.calls * 1e6)
    return of


def added_latency_ms(
    stage: Stage, found: list[Target], call: Call, *, rounds: int, seconds: float
) -> dict[str, float]:
    """How much longer the median call takes than a direct one at four connections: by us, and by bare Envoy."""
    added: dict[str, list[float]] = {"gateway": [], "envoy": []}
    for _ in range(rounds):
        medians = {}
        for target in found:
            if target.name in {"direct", *added}:
                stage.pin_origin(measured=target.name == "direct")
                medians[target.name] = ask(
                    port=target.port, calls=[call], connections=4, seconds=seconds, core=stage.cores.load
                ).median_ms
        for name, values in added.items():
            values.append(medians[name] - medians["direct"])
    return {name: median(values) for name, values in added.items()}


def growth_mib(stage: Stage, gateway: Target, call: Call) -> float:
    """Memory that the gateway gains over :data:`MEMORY_CALLS` calls, once warm, in MiB."""
    stage.pin_origin(measured=False)

    def calls(number: int) -> None:
        while number > 0:
            number -= ask(
                port=gateway.port, calls=[call], connections=32, seconds=3, core=stage.cores.load
            ).calls

    calls(WARM_CALLS)
    before = resident_mib(gateway.pid)
    calls(MEMORY_CALLS)
    return resident_mib(gateway.pid) - before


def measure(rounds: int = 5, seconds: float = 2) -> dict[str, float]:
    """Medians over ``rounds`` of ratios within a round; a peer that is not installed has no figure."""
    with standing() as stage, targets(stage) as found:
        token = stage.token_key.token(CLIENT.name)
        gets = rates(stage, found, get(token), rounds=rounds, seconds=seconds)
        posts = rates(stage, found, post(token), rounds=rounds, seconds=seconds)
        latency = added_latency_ms(stage, found, get(token), rounds=rounds, seconds=1)
        growth = growth_mib(stage, found[1], get(token))
        resident = resident_mib(found[1].pid)

    def ratio(of: dict[str, list[float]], to: str, *, ours: str = "gateway") -> float:
        return median(own / other for own, other in zip(of[ours], of[to], strict=True))

    figures = {}
    for kind, of in (("get", gets), ("post", posts)):
        figures[f"{kind}_share_of_direct"] = ratio(of, "direct")
        for peer in ("nginx", "squid", "envoy"):
            if peer in of:
                figures[f"{kind}_times_{peer}"] = ratio(of, peer)
                if kind == "post":
                    figures[f"post_uninspected_times_{peer}"] = ratio(of, peer, ours="uninspected")
        figures[f"{kind}_per_second"] = median(of["gateway"])
        figures[f"{kind}_cpu_us"] = median(of["gateway_cpu_us"])
    return figures | {
        "envoy_share_of_direct": ratio(gets, "direct", ours="envoy"),
        "added_latency_ms": latency["gateway"],
        "envoy_added_latency_ms": latency["envoy"],
        "memory_growth_mib": growth,
        "memory_mib": resident,
    }
