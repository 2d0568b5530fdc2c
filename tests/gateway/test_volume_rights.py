"""The task's volume, as the image makes it: who of the task's two users may do what there."""

import asyncio
import codecs
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.gateway.runtime.confirmed import Confirmed
from pictory_egress.gateway.runtime.image import VOLUME_MODE
from pictory_egress.gateway.runtime.inspection.server import serve
from pictory_egress.gateway.runtime.log import Log
from pictory_egress.gateway.runtime.volume import Volume

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root can be two others")

# Python's own folder may be closed to the two: what they need of it is loaded before.
codecs.lookup("ascii")
KEEPER, INSPECTOR = (65532, 65532), (65533, 65532)


def as_user(user: tuple[int, int], work: Callable[[], object]) -> str:
    """What ``work`` raises as ``user``, by name; empty when it ends well."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        said = ""
        try:
            os.setgroups([])
            os.setgid(user[1])
            os.setuid(user[0])
            os.umask(0o077)
            work()
        except BaseException as error:
            said = type(error).__name__
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    return said


@pytest.fixture
def volume() -> Iterator[Volume]:
    folder = Path(tempfile.mkdtemp(prefix="vr-"))
    folder.chmod(0o755)
    run = folder / "run"
    run.mkdir()
    os.chown(run, *KEEPER)
    run.chmod(VOLUME_MODE)
    volume = Volume(run)

    def prepare() -> None:
        for path in (volume.token, volume.registered, volume.tls_key, volume.token_confirmed):
            volume.replace(path, b"secret")

    assert as_user(KEEPER, prepare) == ""
    yield volume
    shutil.rmtree(folder)


def test_inspector_when_it_looks_for_the_key_then_it_can_neither_read_nor_replace_nor_remove_it(
    volume: Volume,
) -> None:
    for path in (volume.token, volume.registered, volume.tls_key, volume.token_confirmed):
        assert as_user(INSPECTOR, path.read_bytes) == "PermissionError"
        assert as_user(INSPECTOR, path.unlink) == "PermissionError"
        assert as_user(INSPECTOR, lambda path=path: volume.replace(path, b"forged")) == "PermissionError"
        assert path.read_bytes() == b"secret"
    assert as_user(KEEPER, lambda: volume.replace(volume.token, b"next")) == ""
    assert volume.token.read_bytes() == b"next"


def test_inspector_when_it_serves_then_envoy_reaches_its_socket_and_it_sees_that_writes_shall_wait(
    volume: Volume,
) -> None:
    path = volume.directory / "inspector-0.sock"
    assert as_user(KEEPER, lambda: volume.key_refused.touch(mode=0o600)) == ""
    assert as_user(INSPECTOR, volume.key_refused.stat) == ""

    def inspect() -> None:
        rules: Any = None
        server = threading.Thread(
            target=lambda: asyncio.run(serve(path, rules, Log(), hold=volume.key_refused)), daemon=True
        )
        server.start()
        time.sleep(3)

    def call() -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(str(path))
            connection.sendall(b"GET /health HTTP/1.1\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 200")

    serving = threading.Thread(target=as_user, args=(INSPECTOR, inspect))
    serving.start()
    end = time.monotonic() + 2.5
    while (said := as_user(KEEPER, call)) and time.monotonic() < end:
        time.sleep(0.1)
    serving.join()
    assert said == ""
    assert path.stat().st_uid == INSPECTOR[0]
    assert as_user((65534, 65534), call) == "PermissionError"


def test_sidecar_when_somebody_else_left_a_note_or_keys_then_it_does_not_believe_them(volume: Volume) -> None:
    def leave() -> None:
        volume.signing_keys.write_text('{"arn:key":{"kty":"EC"}}')
        volume.registered_confirmed.write_text('{"confirmed_at":1.0,"version":1,"trusted":[]}')
        volume.signing_keys.chmod(0o666)
        volume.registered_confirmed.chmod(0o666)
        (volume.directory / ".folder").mkdir()

    def read() -> None:
        assert volume.text(volume.signing_keys) == ""
        assert Confirmed(volume, volume.registered_confirmed).left(10.0) is None
        volume.clear_unfinished()
        volume.replace(volume.signing_keys, b"{}")
        assert volume.text(volume.signing_keys) == "{}"

    assert as_user(INSPECTOR, leave) == ""
    assert as_user(KEEPER, read) == ""
