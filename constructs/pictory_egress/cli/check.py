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

_FORMATS: Final = ("sarif", "json", "junit")


def add(commands: Any) -> None:
    """``check``, to ``commands``."""
    check = commands.add_parser("check", help="run the policies over synthesized stacks or plans")
    check.add_argument("folders", nargs="+", metavar="DIR", help="such as cdktf.out")
    for form in _FORMATS:
        check.add_argument(f"--{form}", metavar="FILE", help=f"also write the report as {form.upper()}")
    check.epilog = (
        "Exit codes: 0 all policies hold, 1 findings or unknown verdicts, 2 something was not checked."
    )
    check.set_defaults(run=_check)


def _check(arguments: argparse.Namespace) -> int:
    runner = next((name for name in _RUNNERS if _is_ours(name)), None)
    if runner is None or importlib.util.find_spec("checkov") is None:
        raise CommandError("the policies are not installed: pip install 'pictory-egress[policies]'")
    files = {form: getattr(arguments, form) for form in _FORMATS}
    reports = [part for form, file in files.items() if file for part in (f"--{form}", file)]
    # The runner as `make check` starts it, so that both say the same.
    return subprocess.run(
        [sys.executable, "-m", runner, *arguments.folders, *reports], check=False
    ).returncode


def _is_ours(name: str) -> bool:
    # Somebody else's folder may well be called "policies".
    spec = importlib.util.find_spec(name)
    folders = (spec.submodule_search_locations if spec else None) or ()
    return any((Path(folder) / "runner" / "check.py").is_file() for folder in folders)
