"""A local AWS for the tests of this folder, and what they build on it."""

import io
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws import LocalAws, Options, running

ACCOUNT, REGION = "123456789012", "us-east-1"
CERTIFICATE = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/11111111-2222-3333-4444-555555555555"
MAPPED_HOST, MAPPED_ADDRESS = "api.example.test", "127.77.9.9"


@pytest.fixture(scope="session")
def request_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("local-aws") / "requests.jsonl"


@pytest.fixture(scope="session")
def aws(request_log: Path) -> Iterator[LocalAws]:
    options = Options(
        certificates={CERTIFICATE: "gateway.example.test"},
        hosts={MAPPED_HOST: MAPPED_ADDRESS},
        event_retry_seconds=(0.0, 0.0),
        request_log=request_log,
    )
    with running(options) as aws:
        yield aws


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"t{uuid.uuid4().hex[:10]}"


def _zipped(**files: str) -> bytes:
    """A function's zip: ``app="…"`` becomes app.py."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for module, source in files.items():
            archive.writestr(f"{module}.py", source)
    return buffer.getvalue()


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], Any]:
    return _until


def _until(condition: Callable[[], Any], *, seconds: float = 60.0) -> Any:
    """Wait for something that happens in the background; fails when it does not."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
    return value


@dataclass(frozen=True)
class Deploy:
    """Creates functions with a role of their own and a log group."""

    aws: LocalAws

    def __call__(self, name: str, source: str, **settings: Any) -> str:
        role = self.aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        self.aws.client("logs").create_log_group(logGroupName=f"/aws/lambda/{name}")
        arn = self.aws.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=role,
            Handler="app.handler",
            Code={"ZipFile": _zipped(app=source)},
            **{"Timeout": 20, **settings},
        )["FunctionArn"]
        return str(arn)

    def log_lines(self, name: str) -> list[str]:
        events = self.aws.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        return [event["message"] for event in events]


@pytest.fixture
def deploy(aws: LocalAws) -> Deploy:
    return Deploy(aws)


@pytest.fixture
def function_zip() -> Callable[..., bytes]:
    return _zipped
