"""A task as ECS runs it, beside an AWS of its own, and the operator's command line for it. AWS is moto, as a server."""

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
from moto.server import ThreadedMotoServer

from pictory_egress.cli import main
from pictory_egress.gateway import runtime
from pictory_egress.gateway.packing import pack
from pictory_egress.gateway.registry import EXPIRY, PARTITION_KEY, SORT_KEY
from pictory_egress.gateway.runtime.configuration import VARIABLE
from pictory_egress.gateway.runtime.http_socket import request
from pictory_egress.gateway.settings import Client
from pictory_egress.names import registry_table, signing_alias
from tests.gateway.running import Gateway, gateway_settings, way_out
from tests.gateway.trust import eventually

ROOT = Path(__file__).parents[2]
JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
STORYBOARD = "/pictoryapis/v2/video/storyboard"
ASSET_HOST = "video.pictory.ai"
REGION = "us-east-2"
PREFIX = "pictory-egress-test"
COMMAND = [sys.executable, "-m", "runtime"]


def kill(pid: int, *, parent: int) -> None:
    """Kills the child ``pid`` and returns once ``parent`` has noticed."""
    children = Path(f"/proc/{parent}/task/{parent}/children")
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: str(pid) not in children.read_text().split(), what="the child's end is noticed")


class Account:
    """What the environment ``test`` has in AWS, and its file for the operator."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self.variables = {
            "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
        }  # fmt: skip
        self.secrets, self.kms, self.dynamodb = (
            boto3.client(
                service, endpoint_url=endpoint, region_name=REGION,
                aws_access_key_id="test", aws_secret_access_key="test",
            )
            for service in ("secretsmanager", "kms", "dynamodb")
        )  # fmt: skip
        self.table = registry_table(PREFIX)
        self.secret_arn = self.secrets.create_secret(Name="pictory")["ARN"]
        self.keys = {name: self._key(name) for name in ("1", "2")}
        attributes = [{"AttributeName": key, "AttributeType": "S"} for key in (PARTITION_KEY, SORT_KEY)]
        self.dynamodb.create_table(
            TableName=self.table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=attributes,
            KeySchema=[
                {"AttributeName": PARTITION_KEY, "KeyType": "HASH"},
                {"AttributeName": SORT_KEY, "KeyType": "RANGE"},
            ],
        )
        self.dynamodb.update_time_to_live(
            TableName=self.table, TimeToLiveSpecification={"Enabled": True, "AttributeName": EXPIRY}
        )
        self._file = folder / "test.toml"
        text = (ROOT / "stacks" / "environments" / "sandbox.toml").read_text(encoding="utf-8")
        assert tomllib.loads(text)["name"] == "sandbox"
        text = text.replace('name = "sandbox"', 'name = "test"').replace(
            'name = "dashboard"', 'name = "reports"'
        )
        self._file.write_text(
            text.replace("drain_seconds", 'signing_keys = ["1", "2"]\ndrain_seconds'), encoding="utf-8"
        )

    def _key(self, name: str) -> str:
        metadata = self.kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
        self.kms.create_alias(AliasName=signing_alias(PREFIX, name), TargetKeyId=metadata["KeyId"])
        return str(metadata["Arn"])

    def put(self, api_key: str) -> None:
        value = json.dumps({"mode": "api-key", "api_key": api_key})
        self.secrets.put_secret_value(SecretId=self.secret_arn, SecretString=value)

    def operate(self, *arguments: str, fails: bool = False) -> str:
        """What ``pictory-egress clients …`` prints; with ``fails``, its error."""
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self.variables),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            status = main(["clients", *arguments, "--environment", str(self._file)])
        assert (status != 0) == fails, err.getvalue()
        return (err if fails else out).getvalue().strip()

    def issue(self, client: str = "reports") -> str:
        return self.operate("issue", client).splitlines()[-1]


@contextlib.contextmanager
def account(folder: Path) -> Iterator[Account]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    # What another server of this process left behind.
    urllib.request.urlopen(f"http://{host}:{port}/moto-api/reset", data=b"", timeout=10).close()
    try:
        yield Account(f"http://{host}:{port}", folder)
    finally:
        server.stop()


@dataclass
class Task:
    """A running Envoy with its sidecar."""

    gateway: Gateway
    volume: Path
    image: Path
    environment: dict[str, str]
    sidecar: subprocess.Popen[bytes] = field(init=False)

    def start_sidecar(self) -> None:
        """As ECS starts the container, and starts it again."""
        with (self.volume / "sidecar.log").open("ab") as out:
            self.sidecar = subprocess.Popen(
                [*COMMAND, "run"], cwd=self.image, env=self.environment, stdout=out, start_new_session=True
            )

    def kill_sidecar(self) -> None:
        """The whole container, without a chance to do anything more."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.sidecar.pid, signal.SIGKILL)
        self.sidecar.wait(10)

    def kill_worker(self) -> None:
        """The process in the sidecar's container that does the work, as the kernel does when memory is short."""
        children = Path(f"/proc/{self.sidecar.pid}/task/{self.sidecar.pid}/children")
        (worker,) = eventually(lambda: children.read_text().split(), what="the sidecar is at work")
        kill(int(worker), parent=self.sidecar.pid)

    def call(self, token: str) -> Any:
        return self.gateway.call("GET", JOB, credential=token)

    def ready(self) -> int:
        """What the load balancer is told."""
        return int(self.gateway.call("GET", "/readyz", credential=None).status)

    def write(self, token: str, body: bytes) -> Any:
        headers = [("Content-Type", "application/json")]
        return self.gateway.call("POST", STORYBOARD, credential=token, headers=headers, body=body)

    def health(self) -> dict[str, Any]:
        status, body = request(self.volume / "sidecar.sock", "GET", "/health")
        return {"status": status, **json.loads(body)}

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.volume / "sidecar.log").read_text().splitlines()]

    def events(self) -> list[str]:
        return [line["event"] for line in self.lines()]


@contextlib.contextmanager
def task(
    *,
    account: Account,
    volume: Path,
    upstream: Any,
    resolver: Any,
    authority: Any,
    mode: Any = "api-key",
    **more: str,
) -> Iterator[Task]:
    """A task with ``volume``, which is emptied first; ``more`` are variables of its sidecar."""
    for left in volume.iterdir():
        left.unlink() if left.is_file() or left.is_socket() else shutil.rmtree(left)
    image = volume / "image"
    shutil.copytree(
        Path(runtime.__file__).parent, image / "runtime", ignore=shutil.ignore_patterns("__pycache__")
    )
    environment = account.variables | {
        "AWS_REGION": REGION, "CREDENTIAL_MODE": mode, "DRAIN_SECONDS": "8", "ENVIRONMENT": "test",
        "RUN_DIRECTORY": str(volume), "SECRET_ARN": account.secret_arn, "SIGNING_KEY_ARN": account.keys["1"],
        "REGISTRY_TABLE": account.table,
        # Unpacked, and overwritten by the gateway below, which listens on loopback.
        "PYTHONDONTWRITEBYTECODE": "1", VARIABLE: pack({"node": {"id": "test"}}),
        **more,
    }  # fmt: skip
    subprocess.run(
        [*COMMAND, "prepare"], cwd=image, env=environment, check=True, timeout=30, capture_output=True
    )
    settings = gateway_settings(
        upstream=way_out(upstream.port, resolver),
        connect={"domain": "proxy.example.com", "hosts": [ASSET_HOST]},
    )
    permissions = ("jobs.read", "storyboards.write", "assets.connect")
    client = Client(name="reports", permissions=permissions, rate_per_minute=100_000)
    gateway = Gateway(
        directory=volume,
        settings=settings,
        clients=[client],
        authority=authority,
        register=False,
        credential_mode=mode,
    )
    # The inspector here has a directory of its own, and shares this one file of the task's volume.
    (gateway.inspector.directory / "key_refused").symlink_to(volume / "key_refused")
    running = Task(gateway, volume, image, environment)
    running.start_sidecar()
    try:
        yield running
    finally:
        running.kill_sidecar()
        (volume / "sidecar.sock").unlink(missing_ok=True)
        gateway.close()
