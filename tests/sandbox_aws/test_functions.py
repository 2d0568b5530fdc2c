"""Functions run as deployed: in a process of their own, in the sandbox's network, within their limits."""

import base64
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import LocalAws

Until = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def functions(aws: LocalAws) -> Any:
    return aws.client("lambda")


def is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


def invoke(functions: Any, name: str, event: Any = None, **settings: Any) -> tuple[Any, Any]:
    """The payload and whether it is an error."""
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(event or {}), **settings)
    return json.loads(answer["Payload"].read() or "null"), answer.get("FunctionError")


def test_invoke_when_it_returns_then_result_log_and_identity(
    aws: LocalAws, functions: Any, deploy: Any, name: str
) -> None:
    source = """
import logging, os, boto3

def handler(event, context):
    print("printed")
    logging.getLogger().warning("logged")
    return {
        "event": event, "who": boto3.client("sts").get_caller_identity()["Arn"], "greeting": os.environ["GREETING"],
        "name": context.function_name, "arn": context.invoked_function_arn,
        "left": 0 < context.get_remaining_time_in_millis() <= 20_000, "region": os.environ["AWS_REGION"],
    }
"""
    arn = deploy(name, source, Environment={"Variables": {"GREETING": "hello"}})
    result, error = invoke(functions, name, {"a": 1})
    assert error is None
    assert result == {
        "event": {"a": 1},
        "who": f"arn:aws:sts::{aws.account}:assumed-role/{name}/{name}",
        "greeting": "hello",
        "name": name,
        "arn": arn,
        "left": True,
        "region": "us-east-1",
    }
    lines = deploy.log_lines(name)
    assert [line.split(" ")[0] for line in lines if " RequestId: " in line] == ["START", "END", "REPORT"]
    assert "printed" in lines
    assert any(line.startswith("[WARNING]") and line.endswith("logged") for line in lines)


def test_invoke_when_it_raises_then_error_with_its_type(functions: Any, deploy: Any, name: str) -> None:
    deploy(name, "def handler(event, context):\n    raise KeyError('missing')\n")
    result, error = invoke(functions, name)
    assert error == "Unhandled"
    assert (result["errorType"], result["errorMessage"]) == ("KeyError", "'missing'")


def test_invoke_when_it_cannot_be_loaded_then_error_of_the_runtime(
    functions: Any, deploy: Any, name: str
) -> None:
    deploy(name, "import pydantic\n\ndef handler(event, context):\n    pass\n")
    result, error = invoke(functions, name)
    assert error == "Unhandled"
    assert result["errorType"] == "Runtime.ModuleNotFoundError", (
        "AWS's runtime has boto3, and nothing of ours"
    )


@pytest.mark.slow
def test_invoke_when_too_slow_then_killed_with_what_it_started(
    functions: Any, deploy: Any, until: Until, name: str, tmp_path: Any
) -> None:
    source = f"""
import pathlib, subprocess, sys, time

def handler(event, context):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    pathlib.Path({str(tmp_path / "child")!r}).write_text(str(child.pid))
    print("started")
    time.sleep(600)
"""
    deploy(name, source, Timeout=2)
    result, error = invoke(functions, name)
    assert error == "Unhandled"
    assert result["errorMessage"].endswith("Task timed out after 2.00 seconds")
    assert "started" in deploy.log_lines(name)
    child = int((tmp_path / "child").read_text())
    until(lambda: not is_running(child))


def test_network_when_host_is_mapped_then_resolved_and_no_other(
    functions: Any, deploy: Any, name: str
) -> None:
    source = """
import socket

def handler(event, context):
    found = {}
    for host in ("api.example.test", "127.0.0.1", "other.example.test"):
        try:
            found[host] = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)[0][4][0]
        except socket.gaierror as error:
            found[host] = type(error).__name__
    return found
"""
    deploy(name, source)
    result, _ = invoke(functions, name)
    assert result == {
        "api.example.test": "127.77.9.9",
        "127.0.0.1": "127.0.0.1",
        "other.example.test": "gaierror",
    }


def test_environment_when_it_runs_then_nothing_of_the_servers(functions: Any, deploy: Any, name: str) -> None:
    deploy(name, "import os\n\ndef handler(event, context):\n    return dict(os.environ)\n")
    result, _ = invoke(functions, name)
    assert "PYTHONPATH" not in result
    assert "HOME" not in result
    assert result["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert result["AWS_ACCESS_KEY_ID"].startswith("ASIA")


def test_concurrency_when_reserved_is_used_up_then_throttled(
    functions: Any, deploy: Any, until: Until, name: str, tmp_path: Any
) -> None:
    source = f"""
import pathlib, time

def handler(event, context):
    folder = pathlib.Path({str(tmp_path)!r})
    (folder / "running").touch()
    while not (folder / "go").exists():
        time.sleep(0.05)
    return "done"
"""
    deploy(name, source)
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    first: list[Any] = []
    thread = threading.Thread(target=lambda: first.append(invoke(functions, name)))
    thread.start()
    until((tmp_path / "running").exists)
    with pytest.raises(ClientError) as refused:
        functions.invoke(FunctionName=name)
    assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
    (tmp_path / "go").touch()
    thread.join()
    assert first == [("done", None)]
    assert invoke(functions, name) == ("done", None)


@pytest.mark.slow
def test_event_invocation_when_it_keeps_failing_then_tried_thrice_and_sent_to_the_dead_letter_queue(
    aws: LocalAws, functions: Any, deploy: Any, until: Until, name: str
) -> None:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    source = "def handler(event, context):\n    print('attempt')\n    raise ValueError('always')\n"
    deploy(name, source, DeadLetterConfig={"TargetArn": queue})
    answer = functions.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"a": 1}')
    assert answer["StatusCode"] == 202
    messages = until(
        lambda: sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages", [])
    )
    assert json.loads(messages[0]["Body"]) == {"a": 1}
    assert messages[0]["MessageAttributes"]["ErrorMessage"]["StringValue"] == "ValueError: always"
    assert deploy.log_lines(name).count("attempt") == 3


def test_invoke_when_dry_run_or_tail_then_as_documented(functions: Any, deploy: Any, name: str) -> None:
    deploy(name, "def handler(event, context):\n    print('seen')\n")
    assert functions.invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"] == 204
    assert "seen" not in deploy.log_lines(name)
    answer = functions.invoke(FunctionName=name, LogType="Tail")
    assert "seen" in base64.b64decode(answer["LogResult"]).decode()


def test_invoke_when_unknown_then_not_found(functions: Any, name: str) -> None:
    with pytest.raises(ClientError) as refused:
        functions.invoke(FunctionName=name)
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_log_when_group_is_configured_and_json_then_events_go_there(
    aws: LocalAws, functions: Any, deploy: Any, name: str
) -> None:
    aws.client("logs").create_log_group(logGroupName=f"/mine/{name}")
    source = "import logging\n\ndef handler(event, context):\n    logging.getLogger('x').info('hello')\n"
    deploy(name, source, LoggingConfig={"LogFormat": "JSON", "LogGroup": f"/mine/{name}"})
    invoke(functions, name)
    assert deploy.log_lines(name) == []
    events = aws.client("logs").filter_log_events(logGroupName=f"/mine/{name}")["events"]
    entries = [json.loads(event["message"]) for event in events]
    assert [entry.get("type") for entry in entries] == ["platform.start", None, "platform.report"]
    assert (entries[1]["level"], entries[1]["message"]) == ("INFO", "hello")


def test_configuration_when_created_and_updated_then_given_back_whole(
    aws: LocalAws, functions: Any, deploy: Any, name: str
) -> None:
    topic = aws.client("sns").create_topic(Name=name)["TopicArn"]
    deploy(name, "def handler(event, context):\n    pass\n", DeadLetterConfig={"TargetArn": topic})
    configuration = functions.get_function(FunctionName=name)["Configuration"]
    assert configuration["DeadLetterConfig"] == {"TargetArn": topic}
    assert configuration["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}
    functions.update_function_configuration(
        FunctionName=name,
        DeadLetterConfig={"TargetArn": ""},
        TracingConfig={"Mode": "Active"},
        Environment={"Variables": {"A": "1"}},
    )
    configuration = functions.get_function_configuration(FunctionName=name)
    assert "DeadLetterConfig" not in configuration
    assert configuration["TracingConfig"] == {"Mode": "Active"}
    assert configuration["Environment"] == {"Variables": {"A": "1"}}


def test_configuration_when_variable_is_reserved_then_refused(deploy: Any, name: str) -> None:
    with pytest.raises(ClientError, match="Reserved keys used in this request: AWS_REGION"):
        deploy(name, "", Environment={"Variables": {"AWS_REGION": "eu-west-1"}})


def test_code_when_updated_then_the_new_one_runs(
    functions: Any, deploy: Any, function_zip: Any, name: str
) -> None:
    deploy(name, "def handler(event, context):\n    return 1\n")
    assert invoke(functions, name) == (1, None)
    functions.update_function_code(
        FunctionName=name, ZipFile=function_zip(app="def handler(event, context):\n    return 2\n")
    )
    assert invoke(functions, name) == (2, None)
