"""``make bench``: runs every benchmark, prints the ratios beside what they must reach, writes build/bench.json."""

import json
import os
import platform
import sys
from pathlib import Path

from benchmarks import synthesis

BUILD = Path(__file__).parent.parent / "build"

MUST_REACH = {
    ("synthesis", "times_faster"): (">=", 4.0),
    ("synthesis", "share_of_peak_memory"): ("<=", 0.5),
}


def main() -> int:
    """Run; 0 when every ratio reaches what it must."""
    results = {"synthesis": synthesis.measure()}
    document = {"machine": {"cores": os.cpu_count(), "system": platform.platform()}, "results": results}
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    all_reached = True
    for benchmark, figures in results.items():
        for name, value in figures.items():
            relation, bound = MUST_REACH.get((benchmark, name), ("", 0.0))
            reached = {"": True, ">=": value >= bound, "<=": value <= bound}[relation]
            all_reached &= reached
            wanted = f"must be {relation} {bound}: {'reached' if reached else 'MISSED'}" if relation else ""
            print(f"{benchmark:12} {name:22} {value:10.2f}  {wanted}")
    return 0 if all_reached else 1


if __name__ == "__main__":
    sys.exit(main())
