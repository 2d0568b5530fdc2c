"""One invocation of a function: its zip unpacked, the runtime started as a child process, its answer awaited."""

import contextlib
import io
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

RUNTIME = Path(__file__).with_name("runtime.py")
INIT_SECONDS = 30.0  # Lambda gives 10; a busy machine starts Python more slowly
RUNTIME_PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
MAX_LOG_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Function:
    """What a function was deployed as. ``timeout`` in seconds, ``memory`` in MiB."""

    name: str
    arn: str
    version: str
    handler: str
    runtime: str
    timeout: float
    memory: int
    code: bytes = field(repr=False)
    environment: Mapping[str, str]
    log_group: str
    json_logs: bool = False
    log_level: str = "WARNING"


@dataclass(frozen=True)
class Network:
    """Where the emulated runtime is: addresses of host names, the CA it trusts, the local AWS, its disk."""

    endpoint: str
    region: str
    hosts: Mapping[str, str]
    ca_file: Path | None
    work_directory: Path


@dataclass(frozen=True)
class Invocation:
    """How one invocation ended; ``payload`` is the handler's result or Lambda's error object."""

    request_id: str
    payload: Any
    failed: bool
    output: tuple[str, ...]
    seconds: float
    init_seconds: float
    log_stream: str

    @property
    def reason(self) -> str:
        """The error in one line."""
        return (
            f"{self.payload.get('errorType', 'error')}: {self.payload.get('errorMessage')}"
            if self.failed
            else ""
        )


def run(function: Function, event: Any, *, network: Network, credentials: Mapping[str, str]) -> Invocation:
    """Call the function once. It is killed, with all it started, at its timeout."""
    request_id = str(uuid.uuid4())
    stream = f"{datetime.now(UTC):%Y/%m/%d}/[{function.version}]{uuid.uuid4().hex}"
    root = Path(tempfile.mkdtemp(prefix="function-", dir=network.work_directory))
    try:
        zipfile.ZipFile(io.BytesIO(function.code)).extractall(root / "task")
        packages = _runtime_packages(root / "runtime")
        environment = _environment(function, network, credentials, stream, root)
        task = {
            "event": event,
            "handler": function.handler,
            "request_id": request_id,
            "deadline_seconds": function.timeout,
            "hosts": dict(network.hosts),
            "json_logs": function.json_logs,
            "log_level": function.log_level,
            "function": {
                "name": function.name,
                "arn": function.arn,
                "version": function.version,
                "memory": function.memory,
                "log_group": function.log_group,
                "log_stream": stream,
            },
        }
        return _Child(function, task, environment, root / "task", packages).invoke(request_id, stream)
    finally:
        shutil.rmtree(root, ignore_errors=True)


class _Child:
    def __init__(
        self,
        function: Function,
        task: dict[str, Any],
        environment: dict[str, str],
        code: Path,
        packages: Path,
    ) -> None:
        self.function, self.task = function, task
        read_end, write_end = os.pipe()
        self.answers = os.fdopen(read_end, "rb", buffering=0)
        self.buffer, self.output, self.kept = b"", list[str](), 0
        start = (
            f"import sys; sys.path[:0] = [{str(code)!r}]; sys.path.append({str(packages)!r}); "
            f"sys.argv = ['runtime', '{write_end}']; import runpy; "
            f"runpy.run_path({str(RUNTIME)!r}, run_name='__main__')"
        )
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", "-u", "-c", start],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(write_end,),
                env=environment,
                cwd=code,
                start_new_session=True,
            )
        finally:
            os.close(write_end)
        assert self.process.stdout is not None
        self.reader = threading.Thread(target=self._collect, args=(self.process.stdout,), daemon=True)
        self.reader.start()

    def invoke(self, request_id: str, stream: str) -> Invocation:
        began, answered = time.monotonic(), False
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(self.task).encode() + b"\n")
            self.process.stdin.flush()
            first = self._answer(INIT_SECONDS)
            ready = time.monotonic()
            if first is None:
                answer: dict[str, Any] = {"error": self._no_answer(request_id, INIT_SECONDS, "Init")}
            elif "init" in first:
                last = self._answer(self.function.timeout)
                answered = last is not None
                answer = last or {"error": self._no_answer(request_id, self.function.timeout, "Task")}
            else:
                answer, answered = first, True
            ended = time.monotonic()
        except BrokenPipeError:
            ready = ended = time.monotonic()
            answer = {"error": self._no_answer(request_id, INIT_SECONDS, "Init")}
        finally:
            self._end(grace_seconds=2 if answered else 0)
        failed = "error" in answer
        return Invocation(
            request_id, answer["error" if failed else "result"], failed, tuple(self.output),
            ended - ready, ready - began, stream,
        )  # fmt: skip

    def _answer(self, seconds: float) -> dict[str, Any] | None:
        deadline = time.monotonic() + seconds
        while b"\n" not in self.buffer:
            readable, _, _ = select.select([self.answers], [], [], max(0.0, deadline - time.monotonic()))
            chunk = self.answers.read(65_536) if readable else b""
            if not chunk:
                return None
            self.buffer += chunk
        line, _, self.buffer = self.buffer.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _no_answer(self, request_id: str, seconds: float, what: str) -> dict[str, Any]:
        try:
            code = self.process.wait(0.5)
        except subprocess.TimeoutExpired:
            message = f"{now_text()} {request_id} {what} timed out after {seconds:.2f} seconds"
            self.output.append(message)
            return {"errorMessage": message, "errorType": "Sandbox.Timedout"}
        message = f"RequestId: {request_id} Error: Runtime exited with error: exit status {code}"
        return {"errorMessage": message, "errorType": "Runtime.ExitError"}

    def _collect(self, pipe: IO[bytes]) -> None:
        for line in pipe:
            if self.kept < MAX_LOG_BYTES:
                self.kept += len(line)
                self.output.append(line.decode("utf-8", "replace").rstrip("\r\n"))

    def _end(self, *, grace_seconds: float) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):  # what it printed last is still being read
            self.process.wait(grace_seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.reader.join(2)
        self.answers.close()
        if self.process.stdin:
            self.process.stdin.close()


def _environment(
    function: Function, network: Network, credentials: Mapping[str, str], stream: str, root: Path
) -> dict[str, str]:
    scratch = root / "tmp"
    scratch.mkdir()
    return {
        **function.environment,
        **credentials,
        "_HANDLER": function.handler,
        "AWS_REGION": network.region,
        "AWS_DEFAULT_REGION": network.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LAMBDA_TASK_ROOT": str(root / "task"),
        "LAMBDA_RUNTIME_DIR": str(root / "runtime"),
        "TZ": ":UTC",
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TMPDIR": str(scratch),
        "AWS_ENDPOINT_URL": network.endpoint,
        **({"SSL_CERT_FILE": str(network.ca_file)} if network.ca_file else {}),
    }


def _runtime_packages(folder: Path) -> Path:
    """A folder of links to what Lambda's Python has beside the standard library, and to nothing else."""
    folder.mkdir()
    for name in RUNTIME_PACKAGES:
        spec = find_spec(name)
        if spec and spec.origin:
            origin = Path(spec.origin)
            target = origin.parent if origin.name == "__init__.py" else origin
            (folder / target.name).symlink_to(target)
    return folder


def now_text() -> str:
    """The time as Lambda writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
