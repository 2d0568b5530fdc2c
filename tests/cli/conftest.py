"""An environment's file, an AWS account in this process, and the command line run in it."""

import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from pictory_egress.cli import main

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

ENVIRONMENTS = Path(__file__).parents[2] / "stacks" / "environments"
ACCOUNT = "123456789012"
REGION = "us-east-2"
SECRET = "pictory-egress-sandbox/pictory"
STAGING = "pictory-egress-sandbox/pictory-candidate"


@dataclass(frozen=True)
class Ended:
    status: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one command in the repository's folder, with text on standard input."""
    monkeypatch.chdir(ENVIRONMENTS.parents[1])

    def command(*arguments: str, standard_input: str = "") -> Ended:
        monkeypatch.setattr(sys, "stdin", io.StringIO(standard_input))
        capsys.readouterr()
        try:
            status = main(arguments)
        except SystemExit as usage:
            status = int(usage.code or 0)
        captured = capsys.readouterr()
        return Ended(status, captured.out, captured.err)

    return command


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The sandbox's account, empty."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


@pytest.fixture
def secrets(account: None) -> "SecretsManagerClient":
    """The account with both secrets of the sandbox, without a value."""
    client = boto3.client("secretsmanager", region_name=REGION)
    for name in (SECRET, STAGING):
        client.create_secret(Name=name)
    return client
