"""``check``: the policies, over what was synthesized or planned."""

import argparse
import importlib.util
import subprocess
import sys
from typing import Any

from pictory_egress.cli.errors import CommandError


def add(commands: Any) -> None:
    """``check``, to ``commands``."""
    check = commands.add_parser("check", help="run the policies over synthesized stacks or plans")
    check.add_argument("folders", nargs="+", metavar="DIR", help="such as cdktf.out")
    check.add_argument("--sarif", metavar="FILE", help="also write the findings as SARIF")
    check.set_defaults(run=_check)


def _check(arguments: argparse.Namespace) -> int:
    if importlib.util.find_spec("policies") is None:
        raise CommandError("the policies are not installed: pip install 'pictory-egress[policies]'")
    sarif = ["--sarif", arguments.sarif] if arguments.sarif else []
    # The runner as `make check` starts it, so that both say the same.
    return subprocess.run(
        [sys.executable, "-m", "policies", *arguments.folders, *sarif], check=False
    ).returncode
