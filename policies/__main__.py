"""``python -m policies [DIR…]``: checks stacks and plans.

Exit codes: 0 all policies hold; 1 there are findings, verdicts that are unknown, or acknowledgements that do
not hold; 2 something could not be checked, a report could not be written, or the command line is wrong.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from .runner import json_report, junit, reference, sarif
from .runner.check import check
from .runner.parallel import processes
from .runner.report import Exit, Report
from .runner.text import text

FORMATS: Final[Mapping[str, tuple[Callable[[Report], str], str]]] = {
    "sarif": (sarif.written, "SARIF 2.1.0"),
    "json": (json_report.written, "JSON"),
    "junit": (junit.written, "JUnit's XML"),
}


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
    for name, (_, form) in FORMATS.items():
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"write the report as {form} as well")
    parser.add_argument("--without-checkov", action="store_true", help="leave checkov's own policies out")
    parser.add_argument("--write-reference", type=Path, metavar="FILE",
                        help="write the page of all policies, and stop")
    # fmt: on
    chosen = parser.parse_args(arguments)
    if chosen.write_reference:
        return reference.write(chosen.write_reference)
    report = check(
        chosen.places, plans=chosen.plan, with_checkov=not chosen.without_checkov, at_once=processes()
    )
    sys.stdout.write(text(report))
    files = {name: getattr(chosen, name) for name in FORMATS if getattr(chosen, name)}
    are_written = [_write(FORMATS[name][0](report), file) for name, file in files.items()]
    return int(report.exit if all(are_written) else Exit.NOT_CHECKED)


def _write(report: str, file: Path) -> bool:
    """Write a report, making its directory; False, and said, when it cannot be."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(report, encoding="utf-8")
    except OSError as error:
        print(
            f"NOT CHECKED  report-not-written  {file}: {error.strerror}: name another place", file=sys.stderr
        )
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
