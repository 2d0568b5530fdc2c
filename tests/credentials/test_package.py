"""The function's zip: the same bytes always, small, and able to run as Lambda would run it."""

import base64
import hashlib
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from pictory_egress.credentials import package


def test_package_built_twice_has_the_same_bytes() -> None:
    assert package.build().content == package.build().content


def test_package_of_files_of_another_age_and_mode_has_the_same_bytes(tmp_path: Path) -> None:
    contents = []
    for name, age, mode in (("one", 1, 0o600), ("two", 10**9, 0o755)):
        directory = tmp_path / name
        (directory / "inner").mkdir(parents=True)
        for path in (directory / "handler.py", directory / "inner" / "part.py"):
            path.write_text("x = 1\n")
            path.chmod(mode)
            os.utime(path, (age, age))
        contents.append(package.build(directory).content)
    assert contents[0] == contents[1]


def test_package_after_a_rename_has_another_hash(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text("x = 1\n")
    before = package.build(tmp_path)
    path.rename(tmp_path / "two.py")
    assert package.build(tmp_path).source_code_hash != before.source_code_hash


def test_package_holds_the_runtime_only_in_order_readable_and_without_a_date() -> None:
    with zipfile.ZipFile(io.BytesIO(package.build().content)) as archive:
        entries = archive.infolist()
    names = [entry.filename for entry in entries]
    assert names == sorted(names)
    assert "runtime/handler.py" in names
    assert all(name.startswith("runtime/") and name.endswith(".py") for name in names)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}


def test_package_is_smaller_than_50_kb() -> None:
    assert len(package.build().content) < 50_000


def test_source_code_hash_is_what_lambda_calls_code_sha256() -> None:
    built = package.build()
    assert base64.b64decode(built.source_code_hash) == hashlib.sha256(built.content).digest()


def test_package_written_twice_is_one_file_and_a_broken_one_is_mended(tmp_path: Path) -> None:
    built = package.build()
    path = built.write(tmp_path / "assets")
    written = path.stat().st_mtime_ns
    assert (built.write(tmp_path / "assets"), path.stat().st_mtime_ns) == (path, written)
    path.write_bytes(b"cut short")
    assert built.write(tmp_path / "assets") == path
    assert path.read_bytes() == built.content
    assert list(path.parent.iterdir()) == [path]


def test_handler_in_the_package_is_found_without_our_library(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(package.build().content)) as archive:
        archive.extractall(tmp_path)
    module, _, function = package.HANDLER.rpartition(".")
    code = f"import sys, {module} as m; print(callable(m.{function}), 'pictory_egress' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60,
        env={"PATH": os.environ["PATH"]}, check=False,
    )  # fmt: skip
    assert (done.stdout.split(), done.returncode) == (["True", "False"], 0), done.stderr
