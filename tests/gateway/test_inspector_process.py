"""The inspector as a process: what it answers Envoy, what it costs at the worst, and that it cannot be stopped."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pictory_egress.api import Catalog
from pictory_egress.gateway.inspection import inspection_rules
from pictory_egress.gateway.runtime.inspection.server import HOLD_SECONDS
from pictory_egress.gateway.runtime.inspection.workers import MEMORY_BYTES
from pictory_egress.gateway.settings import Client
from tests.gateway.hostile_json import HOSTILE
from tests.gateway.inspecting import Inspectors
from tests.gateway.trust import eventually

pytestmark = pytest.mark.server

SECONDS = 0.4
"""Most of the processor's time that a body of 1 MiB may take; CPU_SECONDS is when the kernel ends it."""
RESIDENT_MIB = 64
"""Most that one worker may hold of memory, after all of it."""
ALLOWED = b"HTTP/1.1 200 OK"
RENDER = {"x-inspect-client-gateway": "studio", "x-inspect-operation": "videos.render"}


@pytest.fixture(scope="module")
def inspector() -> Iterator[Inspectors]:
    client = Client(name="studio", permissions=("videos.render",), allowed_hosts=("hooks.example.com",))
    running = Inspectors(inspection_rules(clients=[client], catalog=Catalog.with_additions()))
    eventually(running.ready, what="both inspectors answer")
    yield running
    running.close()


def raw(inspector: Inspectors, data: bytes, *, worker: int = 0) -> bytes:
    """What comes back until the connection ends or rests."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(inspector.directory / f"inspector-{worker}.sock"))
        connection.sendall(data)
        answer = b""
        while b"\r\n\r\n" not in answer:
            part = connection.recv(65_536)
            if not part:
                break
            answer += part
        return answer


def asked(body: bytes, headers: dict[str, str] | None = None, **changes: str) -> bytes:
    """A request as Envoy sends it."""
    lines = {"content-length": str(len(body)), "x-inspect-length": str(len(body)), **(headers or RENDER)}
    head = "".join(f"{name}: {value}\r\n" for name, value in (lines | changes).items())
    return b"POST /inspect HTTP/1.1\r\n" + head.encode() + b"\r\n" + body


def processor_seconds(pid: int) -> float:
    """What the process has taken so far."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def test_body_when_good_then_200_and_when_bad_then_403_with_its_code_and_place(inspector: Inspectors) -> None:
    assert raw(inspector, asked(b'{"webhook":"https://hooks.example.com/"}')).startswith(ALLOWED)
    assert raw(inspector, asked(b"")).startswith(ALLOWED)
    refused = raw(inspector, asked(b'{"webhook":"https://evil.example/"}'))
    assert refused.startswith(b"HTTP/1.1 403 ")
    assert b"\r\nx-pictory-egress-reason: body_host_not_allowed\r\n" in refused
    assert b'"field": "webhook", "host": "evil.example"' in inspector.log().encode()


def test_requests_when_one_follows_the_other_in_pieces_then_each_is_answered(inspector: Inspectors) -> None:
    data = asked(b"{}") + asked(b"[]") + asked(b"{}")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(inspector.directory / "inspector-0.sock"))
        for start in range(0, len(data), 7):
            connection.sendall(data[start : start + 7])
        answer = b""
        while answer.count(b"HTTP/1.1 ") < 3:
            answer += connection.recv(65_536)
    assert re.findall(rb"HTTP/1\.1 (\d+)", answer) == [b"200", b"403", b"200"]


def test_write_while_pictory_refuses_the_key_then_it_waits_for_the_next_one_but_not_for_long(
    inspector: Inspectors,
) -> None:
    def seconds(body: bytes) -> tuple[float, bytes]:
        begun = time.monotonic()
        answer = raw(inspector, asked(body) + asked(b"[]"))
        return time.monotonic() - begun, answer[:13]

    hold = inspector.directory / "key_refused"
    hold.touch()
    try:
        took, answer = seconds(b"[]")
        assert (took < HOLD_SECONDS / 2, answer) == (True, b"HTTP/1.1 403 ")
        took, answer = seconds(b"{}")
        assert (HOLD_SECONDS <= took < 2, answer) == (True, b"HTTP/1.1 200 ")
        threading.Timer(0.3, hold.unlink).start()
        took, answer = seconds(b"{}")
        assert (0.25 < took < HOLD_SECONDS, answer) == (True, b"HTTP/1.1 200 ")
        hold.touch()
        os.utime(hold, (time.time() - 60, time.time() - 60))
        assert seconds(b"{}")[0] < HOLD_SECONDS / 2, "the sidecar that left it is gone"
    finally:
        hold.unlink(missing_ok=True)
    assert seconds(b"{}")[0] < HOLD_SECONDS / 2


def test_client_when_of_an_issuer_of_the_companys_then_only_its_own_hosts_count(
    inspector: Inspectors,
) -> None:
    body = b'{"webhook":"https://hooks.example.com/"}'
    company = {"x-inspect-client-oidc.corp": "studio", "x-inspect-operation": "videos.render"}
    assert b"body_host_not_allowed" in raw(inspector, asked(body, company))


NOT_ENVOYS = {
    "nobody calls": asked(b"{}", {"x-inspect-operation": "videos.render"}),
    "an empty name calls": asked(b"{}", RENDER | {"x-inspect-client-gateway": ""}),
    "two call": asked(b"{}", RENDER | {"x-inspect-client-oidc.corp": "other"}),
    "no operation": asked(b"{}", {"x-inspect-client-gateway": "studio"}),
    "an operation without JSON": asked(b"{}", RENDER | {"x-inspect-operation": "jobs.get"}),
    "another length leaves": asked(b"{}", **{"x-inspect-length": "3"}),
    "no length leaves": asked(b"{}", **{"x-inspect-length": ""}),
    "a part of the body": asked(b"{}", **{"x-envoy-auth-partial-body": "true"}),
    "chunks": asked(b"", **{"transfer-encoding": "chunked"}),
    "a signed length": asked(b"", **{"content-length": "+0"}),
    "an endless length": asked(b"", **{"content-length": "99999999"}),
    "two lengths": asked(b"").replace(
        b"content-length: 0\r\n", b"content-length: 0\r\nContent-Length: 0\r\n"
    ),
    "another path": asked(b"").replace(b"/inspect", b"/other"),
    "another method": asked(b"").replace(b"POST", b"TRACE"),
    "HTTP/1.0": asked(b"").replace(b"HTTP/1.1", b"HTTP/1.0"),
    "no HTTP": b"\r\n\r\n",
    "an endless head": b"POST /inspect HTTP/1.1\r\nx: " + b"a" * 20_000,
}


@pytest.mark.parametrize("data", NOT_ENVOYS.values(), ids=NOT_ENVOYS.keys())
def test_request_when_not_as_envoy_sends_it_then_no_answer(inspector: Inspectors, data: bytes) -> None:
    # Closed or reset, as it happens.
    with contextlib.suppress(ConnectionResetError):
        assert raw(inspector, data) == b""


def test_bodies_when_hostile_then_time_and_memory_stay_below_what_is_stated(inspector: Inspectors) -> None:
    before = inspector.workers()
    for name, body in HOSTILE.items():
        started = processor_seconds(before[0])
        answer = raw(inspector, asked(body))
        assert processor_seconds(before[0]) - started < SECONDS, name
        assert answer.startswith((b"HTTP/1.1 403 ", ALLOWED)), name
    assert inspector.workers() == before
    for pid in before:
        [peak] = re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        assert int(peak) < RESIDENT_MIB * 1024
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert re.search(rf"Max address space +{MEMORY_BYTES} +{MEMORY_BYTES} ", limits)


def test_worker_when_it_ends_then_another_takes_its_place(inspector: Inspectors) -> None:
    before = inspector.workers()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    eventually(inspector.ready, what="new workers answer")
    assert not set(before) & set(inspector.workers())
    assert inspector.log().count('"event": "worker_ended"') == 2
    assert raw(inspector, asked(b"{}"), worker=1).startswith(ALLOWED)


def test_time_limit_when_passed_then_the_kernel_ends_the_worker_even_within_one_call_of_c() -> None:
    program = (
        "from pictory_egress.gateway.runtime.inspection import server\n"
        "server.CPU_SECONDS = 0.2\n"
        "with server._time_limit():\n"
        "    sum(range(10**12))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=60,
        check=False,
    )
    assert ended.returncode == -signal.SIGPROF


def test_inspector_when_told_to_stop_then_it_leaves_no_worker_and_gives_0() -> None:
    running = Inspectors(inspection_rules(clients=[], catalog=Catalog.with_additions()))
    eventually(running.ready, what="both inspectors answer")
    pids = running.workers()
    for container in running.containers:
        container.close()
    assert [container.process.returncode for container in running.containers] == [0, 0]
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    assert "worker_ended" not in running.log(), "no alarm counts an end that was asked for"
    running.close()


def test_inspector_when_its_rules_are_unusable_then_it_does_not_start() -> None:
    running = Inspectors({})
    assert [container.process.wait(20) for container in running.containers] == [2, 2]
    assert running.log().count("INSPECTION") == 2
    running.close()
