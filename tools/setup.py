"""Makes a clone ready: a virtual environment, Node with the cdktf command line, Terraform's provider.

Run by ``make setup`` with any Python 3.11 or newer and nothing installed; a second run does nothing. What a
machine lacks is said in one sentence each, before anything long starts.
"""

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / ".ready"
INPUTS = ("requirements/bootstrap.txt", "requirements/dev.txt", "package.json", "package-lock.json", ".npmrc")

sys.path.insert(0, str(ROOT))


class SetupError(Exception):
    """The machine lacks something; the message says what, and how to get it."""


def main() -> int:
    """Set up; 0 when ready, 1 when something is missing."""
    try:
        check_python()
        check_terraform()
        with one_at_a_time():
            if STAMP.exists() and STAMP.read_text(encoding="utf-8") == fingerprint():
                return 0
            # Whatever happens from here on, a half-made environment is not taken for a ready one.
            STAMP.unlink(missing_ok=True)
            install_python_packages()
            install_node_packages()
            STAMP.write_text(fingerprint(), encoding="utf-8")
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    print("setup: ready")
    return 0


def check_python() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - run by whatever Python is there
        raise SetupError(
            f"Python {sys.version.split()[0]} is too old: install 3.11 or newer and run `make PYTHON=python3.11 …`"
        )


def check_terraform() -> None:
    from sandbox import terraform

    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    try:
        terraform.Terraform.find(folder=build)
    except terraform.TerraformError as error:
        raise SetupError(str(error)) from None


def fingerprint() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two `make`s at once: the second waits for the first, then finds everything ready."""
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / "setup.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def install_python_packages() -> None:
    print("setup: Python packages (about 1.2 GB, once)", flush=True)
    python = VENV / "bin" / "python"
    if not python.exists():
        venv.create(VENV, with_pip=True, clear=VENV.exists())
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--require-hashes"]
    run(
        [*pip, "--retries", "2", "-r", "requirements/bootstrap.txt"],
        "the first Python package could not be fetched",
    )
    # uv is much the faster; but it does not read pip's own settings, which may name the only reachable index.
    uv = [
        str(VENV / "bin" / "uv"),
        "pip",
        "sync",
        "--system-certs",
        "--quiet",
        "--require-hashes",
        "--python",
        str(python),
    ]
    if subprocess.run([*uv, "requirements/dev.txt"], cwd=ROOT, check=False).returncode != 0:
        print("setup: again, with pip", flush=True)
        run([*pip, "-r", "requirements/dev.txt"], "Python packages could not be fetched")


def install_node_packages() -> None:
    print("setup: the cdktf command line (about 420 MB, once)", flush=True)
    tools = VENV / "bin"
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    # Install scripts are code of 400 packages: none of them is needed, so none runs.
    run(
        [str(tools / "npm"), "ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"],
        "Node packages could not be fetched",
        environment=environment,
    )


def run(command: list[str], failure: str, *, environment: dict[str, str] | None = None) -> None:
    try:
        status = subprocess.run(command, cwd=ROOT, env=environment, timeout=1800, check=False).returncode
    except subprocess.TimeoutExpired:
        status = -1
    if status != 0:
        raise SetupError(f"{failure}: look at the messages above; is there a network, and a package index?")


if __name__ == "__main__":
    sys.exit(main())
