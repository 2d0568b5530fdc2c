"""``python -m runtime.image``: run by the image's build, in the finished image, which it fails unless all holds.

Nobody can tell from a digest what a base image has in it. So the build looks: no shell and no package manager, no root
and no way to become it, nothing of the program that it could change itself, a volume that is the program's, and
libraries that fit this Python.
"""

import importlib
import importlib.util
import os
import pkgutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PROGRAMS: Final = {
    "sh", "bash", "dash", "ash", "zsh", "ksh", "csh", "tcsh", "fish", "busybox", "toybox",
    "apt", "apt-get", "dpkg", "apk", "rpm", "yum", "dnf", "microdnf", "zypper", "pip", "pip3", "conda",
    "curl", "wget", "nc",
}  # fmt: skip
"""What somebody who got into the container would look for."""

VOLUME: Final = "run/pictory-egress"
"""Where the task's volume is: ECS gives it this folder's owner and mode, since the image names it as a volume."""
VOLUME_MODE: Final = 0o1770
"""The inspector is of the group: it may add sockets, and not replace what others have put there."""

_MACHINE: Final = {"proc", "sys", "dev"}
_PYTHON: Final = (3, 11)


def problems(root: Path) -> list[str]:
    """Why the image with ``root`` is not to be used; empty when it is."""
    return [*_process(), *_files(root), *_volume(root), *_imports()]


def _process() -> Iterator[str]:
    if 0 in (os.getuid(), os.getgid()):
        yield "it runs as root: keep USER 65532:65532"
    if sys.version_info < _PYTHON:
        yield f"its Python is {sys.version.split()[0]}: take a base with 3.11 or later"
    if importlib.util.find_spec("pip"):
        yield "it has pip: take a base without a package manager"


def _files(root: Path) -> Iterator[str]:
    program = root / "app"
    for folder, folders, files in os.walk(root):
        if Path(folder) == root:
            folders[:] = [name for name in folders if name not in _MACHINE]
        for name in (*files, *folders):
            path = Path(folder) / name
            where = f"/{path.relative_to(root)}"
            # A link to a program that is elsewhere is one too; followed, it might lead out of a root under test.
            mode = path.lstat().st_mode
            if name in PROGRAMS and not stat.S_ISDIR(mode):
                yield f"it has {where}: take a base without shells and package managers"
            if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
                yield f"{where} runs as its owner, whoever starts it: take a base without such files"
            if path.is_relative_to(program) and not stat.S_ISLNK(mode) and os.access(path, os.W_OK):
                yield f"{where} can be changed by the program itself: keep its owner another, and mode a=rX"


def _volume(root: Path) -> Iterator[str]:
    try:
        found = (root / VOLUME).stat()
    except FileNotFoundError:
        yield f"it has no folder /{VOLUME}: the task's volume would be root's"
        return
    if (found.st_uid, found.st_gid) != (os.getuid(), os.getgid()) or stat.S_IMODE(
        found.st_mode
    ) != VOLUME_MODE:
        yield (
            f"/{VOLUME} is {found.st_uid}:{found.st_gid} with mode {stat.S_IMODE(found.st_mode):o}: make it the "
            f"program's, with mode {VOLUME_MODE:o}"
        )


def _imports() -> Iterator[str]:
    from . import __name__ as package
    from . import __path__

    for module in pkgutil.walk_packages(__path__, f"{package}."):
        if module.name.endswith(".__main__"):
            continue
        try:
            importlib.import_module(module.name)
        except Exception as error:  # a library built for another Python raises in its own way
            yield f"{module.name} cannot be imported ({error!r}): build with the Python of the base"


def main(arguments: list[str]) -> int:
    """Prints the problems of the image with the root that is given, ``/`` otherwise; 0 when there are none."""
    found = problems(Path(arguments[0] if arguments else "/"))
    for problem in found:
        print(f"this image cannot be used: {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
