"""Who asks: calls in a closed loop over kept connections, by wrk where it is installed, by Python where not."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent

# wrk asks round robin, and tells in one line of JSON what it counted.
_SCRIPT: Final = """
local requests = {%s}
local next_request = 0
function request()
  next_request = next_request %% #requests + 1
  return requests[next_request]
end
function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('{"calls":%%d,"failed":%%d,"seconds":%%f,"median_ms":%%f,"p99_ms":%%f}\\n',
    summary.requests, failed, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""


@dataclass(frozen=True)
class Call:
    """A request, as it is repeated."""

    target: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    def on_the_wire(self) -> bytes:
        """The whole request."""
        headers = {"Host": "gateway.example.com", **self.headers}
        if self.body:
            headers["Content-Length"] = str(len(self.body.encode()))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{self.method} {self.target} HTTP/1.1\r\n{lines}\r\n{self.body}".encode()


@dataclass(frozen=True)
class Asked:
    """What came of it. ``failed`` counts answers other than 2xx and 3xx, and calls that had none."""

    calls: int
    failed: int
    seconds: float
    median_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.calls / self.seconds


def generator() -> str:
    """Name of who asks."""
    return "wrk" if shutil.which("wrk") else "python"


def ask(
    *,
    port: int,
    calls: Sequence[Call],
    connections: int,
    seconds: float,
    core: int | None = None,
    may_fail: float = 0,
) -> Asked:
    """Repeats ``calls`` in turn on a TLS port of loopback, on each connection as soon as it has been answered.

    ``may_fail`` is the share of them that may fail.

    Raises
    ------
    RuntimeError
        More failed than may: what is measured must work.
    """
    command = _with_wrk if generator() == "wrk" else _with_python
    asked = command(port, calls, connections, seconds, core)
    if not asked.calls and not asked.failed:
        # Handshakes alone can take that long on a machine that is busy with something else.
        asked = command(port, calls, connections, seconds * 5, core)
    if not asked.calls or asked.failed > may_fail * asked.calls:
        raise RuntimeError(f"of {asked.calls} calls to port {port}, {asked.failed} failed")
    return asked


def _with_wrk(port: int, calls: Sequence[Call], connections: int, seconds: float, core: int | None) -> Asked:
    with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="utf-8") as script:
        script.write(_SCRIPT % ", ".join(_lua(call.on_the_wire()) for call in calls))
        script.flush()
        whole_seconds = max(1, round(seconds))
        output = _run(
            [
                "wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{whole_seconds}s",
                "--timeout", "30s", "--script", script.name, f"https://127.0.0.1:{port}/",
            ],
            core=core,
        )  # fmt: skip
    return Asked(**json.loads(output.splitlines()[-1]))


def _with_python(
    port: int, calls: Sequence[Call], connections: int, seconds: float, core: int | None
) -> Asked:
    order = {
        "port": port,
        "calls": [asdict(call) for call in calls],
        "connections": connections,
        "seconds": seconds,
    }
    output = _run([sys.executable, "-m", "benchmarks.python_load"], core=core, given=json.dumps(order))
    return Asked(**json.loads(output))


def _run(command: list[str], *, core: int | None, given: str = "") -> str:
    pin = (lambda: os.sched_setaffinity(0, {core})) if core is not None else None
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, cwd=ROOT, check=False, timeout=120,
        preexec_fn=pin,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


def _lua(data: bytes) -> str:
    return '"' + "".join(f"\\{byte:03}" for byte in data) + '"'
