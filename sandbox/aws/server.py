"""Assembles the local AWS from moto and the extensions, and serves it."""

import errno
import json
import os
import shutil
import signal
import socket
import stat
import sys
import tempfile
import threading
from pathlib import Path
from types import FrameType

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from sandbox.aws import (
    acm,
    application_autoscaling,
    cloudtrail,
    cloudwatch,
    ec2,
    ecs,
    eventbridge,
    route53,
    wafv2,
)
from sandbox.aws.application import Application
from sandbox.aws.functions.service import Lambda
from sandbox.aws.lifetime import end_with_parent
from sandbox.aws.options import Options
from sandbox.aws.request_log import RequestLog
from sandbox.aws.secrets import service as secrets
from sandbox.aws.secrets.rotation import Rotator


class QuietHandler(MotoRequestHandler):  # type: ignore[misc]  # moto ships no types here
    """Serves without a line on the terminal for each request."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing: the request log says it."""


def assemble(options: Options, *, endpoint: str, work_directory: Path) -> Application:
    """moto with every extension in place; functions are unpacked below ``work_directory``."""
    functions = Lambda(
        account=options.account,
        endpoint=lambda: endpoint,
        hosts=dict(options.hosts),
        ca_file=options.ca_file,
        work_directory=work_directory,
        retry_seconds=options.event_retry_seconds,
    )
    functions.install()
    rotator = Rotator(
        functions, cloudtrail.record_rotation, lock=threading.RLock(), attempts=options.rotation_attempts
    )
    secrets.install(rotator)
    eventbridge.install(invoke=functions.deliver)
    for extension in (application_autoscaling, cloudwatch, ec2, ecs, route53, wafv2):
        extension.install()
    acm.seed(options.certificates)
    return Application(RequestLog(options.request_log))


def serve(options: Options) -> int:
    """Serve until stopped; returns the exit status."""
    try:
        listener = _listen(options.host, options.port)
    except OSError as error:
        reason = "it is in use: stop what listens there, or choose another with --port" if (
            error.errno == errno.EADDRINUSE
        ) else str(error)  # fmt: skip
        print(f"The local AWS cannot listen on {options.host}:{options.port}: {reason}", file=sys.stderr)
        return 1
    port = listener.getsockname()[1]
    endpoint = f"http://{options.host}:{port}"
    work_directory = options.work_directory or Path(tempfile.mkdtemp(prefix="local-aws-"))
    work_directory.mkdir(parents=True, exist_ok=True)
    try:
        application = assemble(options, endpoint=endpoint, work_directory=work_directory)
    except ValueError as error:
        shutil.rmtree(work_directory, ignore_errors=True)
        print(f"The local AWS cannot start: {error}", file=sys.stderr)
        return 1
    server = make_server(
        options.host, port, application, threaded=True, request_handler=QuietHandler, fd=listener.fileno()
    )

    def stop(*_signal: int | FrameType | None) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    end_with_parent(stop, seconds=options.lifetime_seconds, pipe=_stdin_is_pipe())
    if options.ready_file:
        _announce(options.ready_file, endpoint)
    server.serve_forever()
    if options.ready_file:
        options.ready_file.unlink(missing_ok=True)
    shutil.rmtree(work_directory, ignore_errors=True)
    os._exit(0)  # threads that still answer somebody do not hold the end up


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _announce(path: Path, endpoint: str) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps({"endpoint": endpoint, "pid": os.getpid()}), encoding="utf-8")
    fresh.replace(path)


def _stdin_is_pipe() -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(0).st_mode)
    except OSError:
        return False
