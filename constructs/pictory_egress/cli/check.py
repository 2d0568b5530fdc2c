"""``check``: the policies, over what was synthesized or planned."""

import argparse
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from pictory_egress.cli.errors import CommandError

_RUNNERS: Final = ("pictory_egress_policies", "policies")
"""The package of policies: as the wheel installs it, and as a checkout holds it."""


def add(commands: Any) -> None:
    """``check``, to ``commands``."""
    check = commands.add_parser("check", help="run the policies over synthesized stacks or plans")
    check.add_argument("folders", nargs="+", metavar="DIR", help="such as cdktf.out")
    check.add_argument("--sarif", metavar="FILE", help="also write the findings as SARIF")
    check.set_defaults(run=_check)


def _check(arguments: argparse.Namespace) -> int:
    runner = next((name for name in _RUNNERS if _is_ours(name)), None)
    if runner is None or importlib.util.find_spec("checkov") is None:
        raise CommandError("the policies are not installed: pip install 'pictory-egress[policies]'")
    sarif = ["--sarif", arguments.sarif] if arguments.sarif else []
    # The runner as `make check` starts it, so that both say the same.
    return subprocess.run([sys.executable, "-m", runner, *arguments.folders, *sarif], check=False).returncode


def _is_ours(name: str) -> bool:
    # Somebody else's folder may well be called "policies".
    spec = importlib.util.find_spec(name)
    folders = (spec.submodule_search_locations if spec else None) or ()
    return any((Path(folder) / "runner" / "check.py").is_file() for folder in folders)
