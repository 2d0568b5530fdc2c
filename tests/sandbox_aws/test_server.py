"""The local AWS as a program: how it starts, what it says no to, and that it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import LocalAws, LocalAwsError, Options, running, start

Until = Callable[[Callable[[], Any]], Any]


@pytest.mark.slow
def test_start_when_port_is_taken_then_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalAwsError, match=rf"cannot listen on 127\.0\.0\.1:{port}: it is in use"):
            start(Options(port=port))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (Options(hosts={"api.example.test": "nowhere"}), "'nowhere' is no IP address"),
        (
            Options(certificates={"arn:aws:s3:::bucket": "example.test"}),
            "not the ARN of a certificate of ACM",
        ),
        (Options(ca_file=Path("/no/such/file")), "no such file"),
        (Options(work_directory=Path(__file__).parent), "is not empty, and would be removed"),
    ],
)
def test_start_when_an_option_is_wrong_then_a_sentence(options: Options, words: str) -> None:
    with pytest.raises(LocalAwsError, match=words):
        start(options)


@pytest.mark.slow
def test_stop_when_called_then_process_port_and_files_are_gone(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    work = tmp_path / "work"
    with running(Options(ready_file=ready, work_directory=work)) as aws:
        assert work.is_dir()
        assert json.loads(ready.read_text())["endpoint"] == aws.endpoint
        pid = json.loads(ready.read_text())["pid"]
        assert pid == aws.process.pid
    assert aws.process.returncode == 0
    assert not ready.exists()
    assert not work.exists()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(aws.endpoint, timeout=5)


@pytest.mark.slow
def test_parent_when_killed_then_server_and_its_functions_end(
    until: Until, tmp_path: Path, function_zip: Callable[..., bytes]
) -> None:
    pid_file, zip_file = tmp_path / "function.pid", tmp_path / "function.zip"
    source = f"""
import os, pathlib, time

def handler(event, context):
    pathlib.Path({str(pid_file)!r}).write_text(str(os.getpid()))
    time.sleep(600)
"""
    zip_file.write_bytes(function_zip(app=source))
    program = f"""
import pathlib, sys, time
from sandbox.aws import Options, start

aws = start(Options(work_directory=pathlib.Path({str(tmp_path / "work")!r})))
aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{{}}")
aws.client("lambda").create_function(
    FunctionName="f", Runtime="python3.12", Role="arn:aws:iam::123456789012:role/r", Handler="app.handler",
    Code={{"ZipFile": pathlib.Path({str(zip_file)!r}).read_bytes()}}, Timeout=600,
)
aws.client("lambda").invoke(FunctionName="f", InvocationType="Event")
print(aws.process.pid, flush=True)
time.sleep(600)
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    try:
        assert parent.stdout
        server = int(parent.stdout.readline())
        until(lambda: pid_file.exists() and pid_file.read_text())
        function = int(pid_file.read_text())
        assert all(map(is_running, (server, function)))
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.communicate()
    until(lambda: not is_running(server))
    until(lambda: not is_running(function))
    until(lambda: not (tmp_path / "work").exists())


def is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("cloudwatch", "describe_anomaly_detectors", {}),  # query
        ("application-autoscaling", "get_predictive_scaling_forecast", {  # json
            "ServiceNamespace": "ecs", "ResourceId": "service/a/b", "PolicyName": "p",
            "ScalableDimension": "ecs:service:DesiredCount", "StartTime": 0, "EndTime": 1,
        }),
        ("lambda", "list_code_signing_configs", {}),  # rest-json
    ],
)  # fmt: skip
def test_action_when_unknown_then_refused_once_with_its_name(
    aws: LocalAws, service: str, operation: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(aws.client(service), operation)(**arguments)
    answer = refused.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] in (400, 404), "not a 500, which is tried again"


def test_action_when_moto_has_not_got_it_then_the_message_says_so(aws: LocalAws) -> None:
    with pytest.raises(
        ClientError, match="The local AWS cannot do monitoring DescribeAnomalyDetectors"
    ) as refused:
        aws.client("cloudwatch").describe_anomaly_detectors()
    assert refused.value.response["Error"]["Code"] == "LocalAwsLimitation"


def test_request_log_when_asked_then_tells_the_call_and_no_value(
    aws: LocalAws, request_log: Path, name: str
) -> None:
    aws.client("secretsmanager").create_secret(Name=name, SecretString="unspeakable")
    text = request_log.read_text(encoding="utf-8")
    assert "unspeakable" not in text
    entry = [json.loads(line) for line in text.splitlines()][-1]
    assert (entry["service"], entry["action"], entry["status"]) == ("secretsmanager", "CreateSecret", 200)
    assert entry["attempt"].startswith("attempt=1")
    assert entry["invocation"]
    assert (entry["region"], entry["access_key"]) == ("us-east-1", "local")
