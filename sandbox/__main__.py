"""``python -m sandbox``: the main job. See the README; 0 only when everything held."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn

from sandbox import scenario
from sandbox.aws.local import LocalAwsError
from sandbox.certificates import write_atomically
from sandbox.command import CommandError
from sandbox.report import Report
from sandbox.stage import Stage
from sandbox.workspace import BUILD, SandboxError, Workspace, only_one

SANDBOX_FILE = BUILD / "sandbox.json"
REQUESTS_FILE = BUILD / "sandbox-requests.jsonl"
"""Of the last run in which a command failed."""


def main(arguments: list[str] | None = None) -> int:
    """Run the sandbox; 0 when all held, 1 when something did not, 2 when it could not run, 130 when interrupted."""
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="stay up until interrupted")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    report = Report()
    try:
        with only_one(), Workspace() as workspace:
            _run(workspace, report, keep=options.keep)
    except KeyboardInterrupt:
        print("\nsandbox: interrupted; everything it started is gone", file=sys.stderr)
        return 130
    except (SandboxError, CommandError, LocalAwsError, OSError) as error:
        if report.rows:
            print(report.table())
        print(f"sandbox: {error}", file=sys.stderr)
        return 2
    print(report.table())
    return 0 if report.held else 1


def _run(workspace: Workspace, report: Report, *, keep: bool) -> None:
    stage = Stage(workspace, say=report.step, progress=report.progress)
    try:
        stage.start_surroundings()
        stage.deploy()
        scenario.deployed(stage, report)
        stage.start_tasks()
        for look in scenario.LOOKS:
            report.step(look.__doc__ or look.__name__)
            look(stage, report)
        if keep:
            print(report.table())
            _stay(stage, report)
        report.step("terraform destroy")
        scenario.destroyed(stage, report)
    except CommandError:
        if kept := stage.keep_requests(REQUESTS_FILE):
            print(f"sandbox: {kept} has every request to the local AWS", file=sys.stderr)
        raise
    finally:
        stage.close()


def _stay(stage: Stage, report: Report) -> None:
    facts = {
        "base_url": stage.base_url,
        "ca_file": str(stage.ca_file),
        "clients": {client.name: stage.credential(client.name) for client in stage.settings.clients},
        "connect_proxy": stage.connect_proxy,
        "aws_endpoint": stage.aws.endpoint,
        "pictory_admin": stage.pictory.url,
    }
    write_atomically(SANDBOX_FILE, json.dumps(facts, indent=2).encode() + b"\n", mode=0o600)
    report.step(f"up until Ctrl-C; {SANDBOX_FILE.relative_to(Path.cwd())} says how to reach it")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        report.step("ending")
    finally:
        SANDBOX_FILE.unlink(missing_ok=True)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
