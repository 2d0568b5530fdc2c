"""Starting and stopping the local AWS from Python."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sandbox.aws.options import Options, is_new

REPOSITORY = Path(__file__).resolve().parents[2]
START_SECONDS = 90.0
STOP_SECONDS = 10.0


class LocalAwsError(Exception):
    """The local AWS did not start, or has ended; the message is its own."""


@dataclass(frozen=True)
class LocalAws:
    """A running local AWS: ``endpoint`` is its URL, ``account`` its account id."""

    endpoint: str
    account: str
    process: subprocess.Popen[bytes]
    work_directory: Path

    def environment(self, *, region: str = "us-east-1") -> dict[str, str]:
        """The variables that lead SDKs and Terraform's provider here, with credentials of no worth."""
        return client_environment(self.endpoint, region=region)

    def client(self, service: str, *, region: str = "us-east-1") -> Any:
        """A boto3 client of this AWS."""
        import boto3  # a second that callers without a client do not wait
        from botocore.config import Config

        make: Any = boto3.session.Session().client
        return make(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106  worth nothing
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}, read_timeout=120),
        )

    def stop(self) -> None:
        """End it and wait for its end."""
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()  # it ends with its standard input
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.work_directory, ignore_errors=True)


def client_environment(endpoint: str, *, region: str = "us-east-1") -> dict[str, str]:
    """The variables that lead SDKs and Terraform's provider to ``endpoint``, with credentials of no worth."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def start(options: Options | None = None) -> LocalAws:
    """Start the local AWS and wait until it listens; raises LocalAwsError with what it said."""
    options = options or Options()
    if options.work_directory and not is_new(options.work_directory):
        raise LocalAwsError(
            f"{options.work_directory} is not empty, and would be removed: name a new folder."
        )
    folder = options.work_directory or Path(tempfile.mkdtemp(prefix="local-aws-"))
    ready = options.ready_file or folder / "ready.json"
    own = replace(options, ready_file=ready, work_directory=folder)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.aws", *own.arguments()],
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=subprocess.STDOUT,
            cwd=REPOSITORY,
            env=_environment(os.environ),
            start_new_session=True,  # an interrupt at the terminal is the caller's to handle
        )
        deadline = time.monotonic() + START_SECONDS
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                LocalAws("", options.account, process, folder).stop()
                said.seek(0)
                words = said.read().decode("utf-8", "replace").strip()
                raise LocalAwsError(words or f"The local AWS did not listen within {START_SECONDS:.0f} s.")
            time.sleep(0.05)
        endpoint = json.loads(ready.read_text(encoding="utf-8"))["endpoint"]
    return LocalAws(endpoint, options.account, process, folder)


@contextmanager
def running(options: Options | None = None) -> Iterator[LocalAws]:
    """A local AWS for the length of a ``with`` block."""
    aws = start(options)
    try:
        yield aws
    finally:
        aws.stop()


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    kept = {key: value for key, value in given.items() if not key.startswith(("AWS_", "MOTO_", "TF_"))}
    return kept | {"PYTHONPATH": str(REPOSITORY)}
