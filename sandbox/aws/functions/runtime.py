"""The program of the child process in which a function runs: the sandbox's Lambda runtime for Python.

It stands for what AWS puts around a function, and is no part of the function: the handler's context, the
logging set-up, and the network. The network is a shim: ``socket.getaddrinfo`` answers host names from a map of
the sandbox's, literal addresses as they are, and no other name, as if nothing else could be resolved in the VPC.

Standard library only. Reads one JSON line from standard input: ``event``, ``handler``, ``request_id``,
``deadline_seconds``, ``hosts``, ``function`` (name, arn, version, memory, log group). The end of standard input
means that the server has gone: the process ends with it. Answers on the file descriptor named by its argument:
``init`` or ``error`` when the handler is loaded or failed to be, then ``result`` or ``error``.
"""

import importlib
import ipaddress
import json
import logging
import os
import socket
import sys
import threading
import time
import traceback
from typing import Any


class Context:
    """The handler's second argument, with the attributes that AWS documents."""

    def __init__(self, function: dict[str, Any], request_id: str, deadline_seconds: float) -> None:
        self.aws_request_id = request_id
        self.function_name = function["name"]
        self.function_version = function["version"]
        self.invoked_function_arn = function["arn"]
        self.memory_limit_in_mb = str(function["memory"])
        self.log_group_name = function["log_group"]
        self.log_stream_name = function["log_stream"]
        self.identity = self.client_context = None
        self._ends = time.monotonic() + deadline_seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""
        return max(0, int((self._ends - time.monotonic()) * 1000))


class PlainFormatter(logging.Formatter):
    """Lambda's text format of Python's log records."""

    default_msec_format = "%s.%03dZ"
    default_time_format = "%Y-%m-%dT%H:%M:%S"

    def __init__(self, request_id: str) -> None:
        super().__init__(f"[%(levelname)s]\t%(asctime)s\t{request_id}\t%(message)s")
        self.converter = time.gmtime


class JsonFormatter(logging.Formatter):
    """Lambda's JSON format of Python's log records."""

    def __init__(self, request_id: str) -> None:
        super().__init__()
        self.converter = time.gmtime
        self.request_id = request_id

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object."""
        entry = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": self.request_id,
        }
        if record.exc_info:
            entry["stackTrace"] = self.formatException(record.exc_info)
        return json.dumps(entry)


def join_network(hosts: dict[str, str]) -> None:
    """Resolve the mapped hosts and literal addresses, nothing else."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        address = hosts.get(str(name).lower().rstrip("."), name)
        if name is not None and address == name and name != "localhost":
            try:
                ipaddress.ip_address(name)
            except ValueError:
                raise socket.gaierror(
                    socket.EAI_NONAME, f"{name} is not resolved in the sandbox's network"
                ) from None
        return resolve(address, port, *args, **kwargs)

    socket.getaddrinfo = getaddrinfo


def end_with_server() -> None:
    """End the process when standard input ends."""

    def watch() -> None:
        sys.stdin.buffer.read()
        os._exit(70)

    threading.Thread(target=watch, daemon=True).start()


def describe(error: BaseException) -> dict[str, Any]:
    """An error as Lambda's runtime reports it."""
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }


def main() -> None:
    """Load the handler, call it once, answer."""
    answers = os.fdopen(int(sys.argv[1]), "w", encoding="utf-8")

    def answer(kind: str, value: Any = None) -> None:
        answers.write(json.dumps({kind: value}) + "\n")
        answers.flush()

    task = json.loads(sys.stdin.buffer.readline())
    end_with_server()
    join_network(task["hosts"])
    handler = logging.StreamHandler(sys.stderr)
    format_ = JsonFormatter if task["json_logs"] else PlainFormatter
    handler.setFormatter(format_(task["request_id"]))
    logging.basicConfig(level=task["log_level"], handlers=[handler])
    try:
        module, _, name = task["handler"].rpartition(".")
        function = getattr(importlib.import_module(module.replace("/", ".")), name)
    except BaseException as error:
        answer("error", describe(error) | {"errorType": f"Runtime.{type(error).__name__}"})
        return
    answer("init")
    context = Context(task["function"], task["request_id"], task["deadline_seconds"])
    try:
        result = json.dumps(function(task["event"], context))
    except BaseException as error:
        traceback.print_exc()
        answer("error", describe(error))
        return
    answer("result", json.loads(result))


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # as a frozen environment: threads of the function do not outlive the answer
