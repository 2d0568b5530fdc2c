"""A task as ECS runs it: prepare, Envoy, the sidecar, and the end. AWS is moto in this process."""

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from pictory_egress.gateway import runtime
from pictory_egress.gateway.packing import VARIABLE, pack
from pictory_egress.gateway.runtime.http_socket import request
from pictory_egress.gateway.runtime.jwk import base64url, public_jwk, raw_signature
from pictory_egress.gateway.settings import Client

pytestmark = [pytest.mark.envoy, pytest.mark.slow]

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
REGION = "eu-west-1"


@dataclass
class Task:
    """What a test needs of a running task."""

    gateway: Any
    sidecar: subprocess.Popen[bytes]
    secrets: Any
    secret_arn: str
    token: str
    volume: Path

    def put(self, api_key: str) -> None:
        value = json.dumps({"mode": "api-key", "api_key": api_key})
        self.secrets.put_secret_value(SecretId=self.secret_arn, SecretString=value)

    def call(self) -> Any:
        return self.gateway.call("GET", JOB, credential=self.token)

    def health(self) -> dict[str, Any]:
        status, body = request(self.volume / "sidecar.sock", "GET", "/health")
        return {"status": status, **json.loads(body)}

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.volume / "sidecar.log").read_text().splitlines()]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    server.stop()


@pytest.fixture
def task(
    aws: dict[str, str], kit: Any, authority: Any, volume: Path, upstream: Any, resolver: Any
) -> Iterator[Task]:
    for left in volume.iterdir():
        left.unlink() if left.is_file() or left.is_socket() else shutil.rmtree(left)
    options: dict[str, Any] = {
        "endpoint_url": aws["AWS_ENDPOINT_URL"], "region_name": REGION,
        "aws_access_key_id": "test", "aws_secret_access_key": "test",
    }  # fmt: skip
    secrets, kms = boto3.client("secretsmanager", **options), boto3.client("kms", **options)
    secret_arn = secrets.create_secret(Name=f"pictory-{time.monotonic_ns()}")["ARN"]
    key_id = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]

    image = volume / "image"
    shutil.copytree(
        Path(runtime.__file__).parent, image / "runtime", ignore=shutil.ignore_patterns("__pycache__")
    )
    environment = aws | {
        "AWS_REGION": REGION, "CREDENTIAL_MODE": "api-key", "DRAIN_SECONDS": "8", "ENVIRONMENT": "test",
        "RUN_DIRECTORY": str(volume), "SECRET_ARN": secret_arn, "SIGNING_KEY_ARN": key_id,
        # Unpacked, and overwritten by the gateway below, which listens on loopback.
        "PYTHONDONTWRITEBYTECODE": "1", VARIABLE: pack({"node": {"id": "test"}}),
    }  # fmt: skip
    command = [sys.executable, "-m", "runtime"]
    subprocess.run(
        [*command, "prepare"], cwd=image, env=environment, check=True, timeout=30, capture_output=True
    )

    settings = kit.gateway_settings(
        upstream={
            "port": upstream.port, "resolver": resolver.endpoint, "allowed_private_ranges": ["127.0.0.1/32"],
        }
    )  # fmt: skip
    client = Client(name="reports", permissions=("jobs.read",))
    gateway = kit.Gateway(directory=volume, settings=settings, clients=[client], authority=authority)
    with (volume / "sidecar.log").open("wb") as out:
        sidecar = subprocess.Popen([*command, "run"], cwd=image, env=environment, stdout=out)
    try:
        yield Task(gateway, sidecar, secrets, secret_arn, kms_token(kms, key_id), volume)
    finally:
        sidecar.kill()
        sidecar.wait(10)
        gateway.close()


def kms_token(kms: Any, key_id: str) -> str:
    """A token as an operator would have it issued."""
    now = int(time.time())
    kid = public_jwk(kms.get_public_key(KeyId=key_id)["PublicKey"])["kid"]
    parts = (
        {"alg": "ES256", "typ": "JWT", "kid": kid},
        {
            "iss": "pictory-egress:test", "aud": "pictory-egress", "sub": "reports", "jti": "1",
            "iat": now, "nbf": now, "exp": now + 600,
        },
    )  # fmt: skip
    signed = ".".join(base64url(json.dumps(part).encode()) for part in parts).encode()
    answer = kms.sign(KeyId=key_id, Message=signed, MessageType="RAW", SigningAlgorithm="ECDSA_SHA_256")
    return (signed + b"." + base64url(raw_signature(answer["Signature"])).encode()).decode()


def test_task_when_it_lives_then_it_refuses_serves_follows_the_secret_and_drains(
    task: Task, kit: Any, upstream: Any
) -> None:
    # No credential yet: the task is healthy, and refuses calls by name.
    refused = kit.eventually(
        lambda: reply if (reply := task.call()).status == 503 and reply.code == "no_credential" else None,
        what="callers' key known, credential not",
    )
    assert task.health()["state"] == "no_credential"
    assert task.gateway.call("GET", "/healthz", credential=None).status == 200
    assert not upstream.received
    assert task.gateway.log_of(refused)["reason"] == "no_credential"

    # The first credential.
    task.put("pictai_first")
    kit.eventually(lambda: task.call().status == 200, what="the first credential in use")
    assert upstream.received[-1].header("authorization") == ["pictai_first"]
    assert task.health()["state"] == "ready"

    # The next one, under load: every call is answered, with the one or the other.
    upstream.received.clear()
    stop = threading.Event()

    def load() -> list[int]:
        statuses = []
        while not stop.is_set():
            statuses.append(task.call().status)
        return statuses

    with ThreadPoolExecutor(2) as pool:
        callers = [pool.submit(load) for _ in range(2)]
        task.put("pictai_second")
        try:
            kit.eventually(
                lambda: (
                    upstream.received and upstream.received[-1].header("authorization") == ["pictai_second"]
                ),
                what="the second credential in use",
            )
        finally:
            stop.set()
        assert {status for caller in callers for status in caller.result(20)} == {200}
    used = [seen.header("authorization")[0] for seen in upstream.received]
    assert set(used) == {"pictai_first", "pictai_second"}
    assert used == sorted(used)

    # The end: a call under way is answered, the load balancer is told, the sidecar leaves in peace.
    release = threading.Event()
    upstream.answer = kit.Answer(before=lambda _: release.wait(15))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(task.call)
        kit.eventually(lambda: len(upstream.received) > len(used), what="the slow call under way")
        task.sidecar.send_signal(signal.SIGTERM)
        kit.eventually(
            lambda: task.gateway.call("GET", "/healthz", credential=None).status == 503,
            what="health check fails",
        )
        assert task.sidecar.poll() is None
        assert task.health()["status"] == 503
        assert task.health()["state"] == "draining"
        release.set()
        assert slow.result(20).status == 200
    assert task.sidecar.wait(20) == 0

    # What it said, and what it did not say.
    events = [line["event"] for line in task.lines()]
    assert [event for event in events if event.startswith("drain")] == ["drain_started", "drain_ended"]
    assert task.lines()[-1]["requests_left"] == 0
    assert events.count("credential_loaded") == 2
    assert "heartbeat" in events
    everything = "".join(
        (task.volume / name).read_text() for name in ("sidecar.log", "access.log", "envoy.log")
    )
    assert "pictai_" not in everything
    assert task.token not in everything


def test_key_when_it_dies_before_the_next_is_current_then_no_read_begun_after_fails(
    task: Task, kit: Any, upstream: Any
) -> None:
    good = {"pictai_first"}

    def judge(handler: Any) -> Any:
        return kit.Answer(status=200 if handler.headers["Authorization"] in good else 401)

    upstream.answer = kit.Answer(before=judge)
    task.put("pictai_first")
    kit.eventually(lambda: task.call().status == 200, what="the first key in use")
    stop, calls = threading.Event(), []

    def load() -> None:
        while not stop.is_set():
            begun = time.monotonic()
            calls.append((begun, task.call().status))
            stop.wait(0.02)

    with ThreadPoolExecutor(8) as pool:
        callers = [pool.submit(load) for _ in range(8)]
        time.sleep(0.5)
        good.clear()
        time.sleep(3)
        good.add("pictai_second")
        task.put("pictai_second")
        promoted = time.monotonic()
        time.sleep(2.5)
        stop.set()
        for caller in callers:
            caller.result(20)
    failed = [begun for begun, status in calls if status != 200]
    assert failed, "the key was dead for three seconds"
    assert [begun - promoted for begun in failed if begun > promoted] == []
    loaded = [line for line in task.lines() if line["event"] == "credential_loaded"]
    assert len(loaded) == 2
    assert loaded[-1]["version_id"] == task.health()["version_id"]
    assert task.health()["unconfirmed_seconds"] <= 2
