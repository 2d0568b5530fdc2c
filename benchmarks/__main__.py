"""``make bench``: runs every benchmark, prints the ratios beside what they must reach, writes build/bench.json.

``python -m benchmarks gateway`` runs the named ones alone.
"""

import json
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks import gateway, inspection, policies, scale, synthesis
from benchmarks.load import generator
from benchmarks.peers import PEERS
from benchmarks.stage import origin_name

BUILD: Final = Path(__file__).parent.parent / "build"

BENCHMARKS: Final[dict[str, Callable[[], dict[str, float]]]] = {
    "synthesis": synthesis.measure,
    "policies": policies.measure,
    "gateway": gateway.measure,
    "inspection": inspection.measure,
    "scale": scale.measure,
}

MUST_REACH: Final = {
    ("synthesis", "times_faster"): (">=", 4.0),
    ("synthesis", "share_of_peak_memory"): ("<=", 0.5),
    ("policies", "share_of_stock_checkov"): ("<=", 0.5),
    ("gateway", "get_share_of_direct"): (">=", 0.30),
    ("gateway", "get_times_squid"): (">=", 1.5),
    ("gateway", "post_uninspected_times_nginx"): (">=", 1.0),
    ("gateway", "post_times_squid"): (">=", 1.0),
    ("gateway", "added_latency_ms"): ("<=", 0.5),
    ("inspection", "added_ms"): ("<=", 2.0),
    ("inspection", "hostile_seconds"): ("<=", 0.4),
    ("inspection", "worker_mib"): ("<=", 64.0),
    # The allocator's own rounding; a leak of 50 bytes a call would be 10.
    ("gateway", "memory_growth_mib"): ("<=", 5.0),
    ("scale", "largest_cost_by_smallest"): ("<=", 1.3),
    ("scale", "start_seconds"): ("<=", 1.0),
    ("scale", "packed_share_of_room"): ("<=", 1.0),
}


def main(names: list[str]) -> int:
    """Run those of ``names``, or all; 0 when every ratio that was measured reaches what it must."""
    if unknown := set(names) - set(BENCHMARKS):
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
        return 2
    machine = {
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "load_by": generator(),
        "origin": origin_name(),
        "peers": {peer.name: peer.version if peer.installed else "not on PATH" for peer in PEERS},
    }
    print(f"load by {machine['load_by']}, origin {machine['origin']}", end="")
    print("".join(f", {peer.name}: {peer.version if peer.installed else 'not on PATH'}" for peer in PEERS))
    results = {name: run() for name, run in BENCHMARKS.items() if not names or name in names}
    document = {"machine": machine, "results": results}
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    all_reached = True
    for benchmark, figures in results.items():
        bounds = {name: bound for (of, name), bound in MUST_REACH.items() if of == benchmark}
        for name, value in figures.items():
            relation, bound = bounds.pop(name, ("", 0.0))
            reached = {"": True, ">=": value >= bound, "<=": value <= bound}[relation]
            all_reached &= reached
            wanted = f"must be {relation} {bound}: {'reached' if reached else 'MISSED'}" if relation else ""
            print(f"{benchmark:12} {name:34} {value:10.2f}  {wanted}")
        for name, (relation, bound) in bounds.items():
            print(
                f"{benchmark:12} {name:34} {'-':>10}  must be {relation} {bound}: not measured, nothing to compare with"
            )
    return 0 if all_reached else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
