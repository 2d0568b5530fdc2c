"""Lambda's Invoke, and what rotation needs of Lambda, with functions run in child processes."""

import base64
import contextlib
import json
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import lambda_backends
from moto.awslambda.responses import LambdaResponse
from moto.logs.models import logs_backends
from moto.sts.models import sts_backends

from sandbox.aws.functions import configuration, process
from sandbox.aws.functions.concurrency import Concurrency, ThrottledError
from sandbox.aws.functions.dead_letters import send_dead_letter
from sandbox.aws.functions.report import report
from sandbox.aws.patching import action
from sandbox.aws.secrets.rotation import FunctionError

log = logging.getLogger(__name__)
THROTTLED_SECONDS = 60.0
MAX_PAYLOAD = 6 * 1024 * 1024


@dataclass(frozen=True)
class Lambda:
    """Runs the deployed functions of all regions of one account.

    ``endpoint`` tells the local AWS's address once it listens; ``hosts`` and ``ca_file`` are the functions'
    network; ``retry_seconds`` are the waits before an asynchronous invocation is tried again.
    """

    account: str
    endpoint: Callable[[], str]
    hosts: dict[str, str]
    ca_file: Path | None
    work_directory: Path
    retry_seconds: tuple[float, ...] = (60.0, 120.0)
    concurrency: Concurrency = field(default_factory=Concurrency)

    def install(self) -> None:
        """Answer Lambda's Invoke from here."""
        configuration.install()
        lambda_ = self

        @action(LambdaResponse)
        def invoke(response: Any) -> Any:
            return lambda_.answer_invoke(response)

    def resource_policy(self, arn: str) -> list[dict[str, Any]]:
        """The statements of a function's policy; raises KeyError when there is no such function."""
        statements: list[dict[str, Any]] = self._find(arn).policy.statements
        return statements

    def call(self, arn: str, event: dict[str, Any]) -> None:
        """Invoke synchronously, as Secrets Manager does; raises FunctionError.

        A throttled call is tried again for a while, as AWS's own callers do.
        """
        deadline = time.monotonic() + THROTTLED_SECONDS
        while True:
            try:
                done = self.run(self._find(arn), event)
                break
            except KeyError:
                raise FunctionError(f"there is no function {arn}") from None
            except ThrottledError:
                if time.monotonic() > deadline:
                    raise FunctionError(f"{arn} was throttled for {THROTTLED_SECONDS:.0f} s") from None
                time.sleep(0.5)
        if done.failed:
            raise FunctionError(done.reason)

    def run(self, deployed: Any, event: Any) -> process.Invocation:
        """Run one invocation now and ship its log; raises ThrottledError."""
        reserved = deployed.reserved_concurrency
        limit = None if reserved is None else int(reserved)
        with self.concurrency.slot(deployed.function_arn, reserved=limit):
            function = as_function(deployed)
            network = process.Network(
                self.endpoint(), deployed.region, self.hosts, self.ca_file, self.work_directory
            )
            done = process.run(function, event, network=network, credentials=role_credentials(deployed))
        ship(deployed, function, done)
        return done

    def answer_invoke(self, response: Any) -> Any:
        """The answer to Invoke: synchronous, Event or DryRun."""
        name = (
            response.path.split("/functions/", 1)[1]
            .split("/invocations")[0]
            .replace("%3A", ":")
            .replace("%3a", ":")
        )
        try:
            deployed = lambda_backends[response.current_account][response.region].get_function(
                name, response._get_param("Qualifier")
            )
        except UnknownFunctionException:
            return _refusal(404, "ResourceNotFoundException", f"Function not found: {name}")
        try:
            event = json.loads(response.body or "{}")
        except ValueError:
            return _refusal(400, "InvalidRequestContentException", "Could not parse request body into json.")
        kind = response.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if kind == "DryRun":
            return 204, {"status": 204}, ""
        if deployed.package_type != "Zip" or not str(deployed.run_time).startswith("python"):
            return _refusal(
                502, "InvalidRuntimeException", f"The sandbox runs Python zips only, {name} is none."
            )
        if kind == "Event":
            self._in_background(deployed, event)
            return 202, {"status": 202}, ""
        try:
            done = self.run(deployed, event)
        except ThrottledError:
            return _refusal(
                429, "TooManyRequestsException", "Rate Exceeded.",
                Reason="ReservedFunctionConcurrentInvocationLimitExceeded",
            )  # fmt: skip
        headers = {
            "status": 200,
            "content-type": "application/json",
            "x-amz-executed-version": str(deployed.version),
        }
        payload = json.dumps(done.payload)
        if done.failed:
            headers["x-amz-function-error"] = "Unhandled"
        elif len(payload) > MAX_PAYLOAD:
            headers["x-amz-function-error"] = "Unhandled"
            message = f"Response payload size exceeded maximum allowed payload size ({MAX_PAYLOAD} bytes)."
            payload = json.dumps({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message})
        if response.headers.get("X-Amz-Log-Type") == "Tail":
            tail = "\n".join(report(as_function(deployed), done)).encode()[-4096:]
            headers["x-amz-log-result"] = base64.b64encode(tail).decode()
        return 200, headers, payload

    def deliver(self, arn: str, event: Any) -> None:
        """Invoke asynchronously, as EventBridge does; an unknown function is ignored."""
        with contextlib.suppress(KeyError):
            self._in_background(self._find(arn), event)

    def _in_background(self, deployed: Any, event: Any) -> None:
        threading.Thread(target=self._deliver, args=(deployed, event), daemon=True).start()

    def _deliver(self, deployed: Any, event: Any) -> None:
        """An asynchronous invocation: tried again after errors, then sent to the dead-letter queue."""
        settings = deployed.event_invoke_config
        retries = int(settings[0].config.get("MaximumRetryAttempts", 2)) if settings else 2
        waits: queue.SimpleQueue[float] = queue.SimpleQueue()
        for seconds in self.retry_seconds[:retries]:
            waits.put(seconds)
        while True:
            try:
                done = self.run(deployed, event)
            except ThrottledError:
                time.sleep(1)  # throttled events wait; they use up no attempt
                continue
            if not done.failed:
                return
            if waits.empty():
                break
            time.sleep(waits.get())
        target = deployed.kept.get("DeadLetterConfig", {}).get("TargetArn")
        if target:
            send_dead_letter(target, json.dumps(event), done)

    def _find(self, arn: str) -> Any:
        parts = arn.split(":")
        try:
            return lambda_backends[parts[4]][parts[3]].get_function(arn)
        except UnknownFunctionException:
            raise KeyError(arn) from None


def as_function(deployed: Any) -> process.Function:
    """What moto keeps of a function, as the runtime needs it."""
    logs = configuration.logging_of(deployed)
    return process.Function(
        name=deployed.function_name,
        arn=deployed.function_arn,
        version=str(deployed.version),
        handler=deployed.handler,
        runtime=deployed.run_time,
        timeout=float(deployed.timeout),
        memory=int(deployed.memory_size),
        code=deployed.code_bytes,
        environment=dict(deployed.environment_vars),
        log_group=logs["LogGroup"],
        json_logs=logs["LogFormat"] == "JSON",
        log_level=str(logs.get("ApplicationLogLevel", "WARNING")).replace("TRACE", "DEBUG"),
    )


def role_credentials(deployed: Any) -> dict[str, str]:
    """Credentials of a session of the function's role, as AWS hands them to the runtime."""
    session = sts_backends[deployed.account_id][deployed.partition].assume_role(
        region_name=deployed.region,
        role_session_name=deployed.function_name,
        role_arn=deployed.role,
        policy="",
        duration=3600,
        external_id="",
    )
    return {
        "AWS_ACCESS_KEY_ID": session.access_key_id,
        "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
        "AWS_SESSION_TOKEN": session.session_token,
    }


def ship(deployed: Any, function: process.Function, done: process.Invocation) -> None:
    """Put an invocation's lines into the function's log group; without the group they are dropped."""
    logs = logs_backends[deployed.account_id][deployed.region]
    if function.log_group not in logs.groups:
        return  # as with a role that may write, and not create groups
    now = int(time.time() * 1000)
    logs.create_log_stream(function.log_group, done.log_stream)
    events = [{"timestamp": now, "message": line} for line in report(function, done)]
    logs.put_log_events(function.log_group, done.log_stream, events)


def _refusal(status: int, code: str, message: str, **more: str) -> Any:
    headers = {"status": status, "x-amzn-errortype": code, "content-type": "application/json"}
    return status, headers, json.dumps({"Type": "User", "Message": message, "message": message, **more})
