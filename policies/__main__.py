"""``python -m policies [DIR…]``: checks stacks and plans.

Exit codes: 0 all policies hold; 1 there are findings, verdicts that are unknown, or acknowledgements that do
not hold; 2 something could not be checked, or the command line is wrong.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .runner import reference, sarif
from .runner.check import check
from .runner.text import text


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; answers the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m policies",
        description="Checks synthesized stacks and plans against the policies of this project and checkov's own.",
        epilog="Exit codes: 0 all hold, 1 findings or unknown verdicts, 2 something could not be checked.",
    )
    # fmt: off
    parser.add_argument("places", nargs="*", type=Path, default=[Path("cdktf.out")], metavar="DIR",
                        help="directories or files of synthesized stacks; cdktf.out when none is given")
    parser.add_argument("--plan", action="append", type=Path, default=[], metavar="FILE",
                        help="output of `terraform show -json`; a plan.json beside a stack is found by itself")
    parser.add_argument("--sarif", type=Path, metavar="FILE", help="write the report as SARIF 2.1.0 as well")
    parser.add_argument("--without-checkov", action="store_true", help="leave checkov's own policies out")
    parser.add_argument("--write-reference", type=Path, metavar="FILE",
                        help="write the page of all policies, and stop")
    # fmt: on
    chosen = parser.parse_args(arguments)
    if chosen.write_reference:
        return reference.write(chosen.write_reference)
    report = check(chosen.places, plans=chosen.plan, with_checkov=not chosen.without_checkov)
    sys.stdout.write(text(report))
    if chosen.sarif:
        sarif.write(report, chosen.sarif)
    return int(report.exit)


if __name__ == "__main__":
    sys.exit(main())
