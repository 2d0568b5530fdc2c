"""The rotation function as a zip, the same bytes wherever and whenever it is made."""

import base64
import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HANDLER: Final = "runtime.handler.handler"
"""Where Lambda enters the package."""

_RUNTIME: Final = Path(__file__).parent / "runtime"
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_READABLE_FILE: Final = 0o100644 << 16


@dataclass(frozen=True)
class Package:
    """A function's zip. ``source_code_hash`` is what Lambda calls CodeSha256: SHA-256 in base64."""

    content: bytes

    @property
    def source_code_hash(self) -> str:
        return base64.b64encode(hashlib.sha256(self.content).digest()).decode("ascii")

    def write(self, directory: Path) -> Path:
        """Write the zip into ``directory``, under a name that changes with its content; answers its path."""
        path = directory / f"rotation-{hashlib.sha256(self.content).hexdigest()[:16]}.zip"
        if not path.exists() or path.read_bytes() != self.content:
            directory.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.content)
        return path


def build(runtime: Path = _RUNTIME) -> Package:
    """The package of the Python files in ``runtime``, as the package ``runtime``."""
    buffer = io.BytesIO()
    # Stored, not deflated: compressed bytes differ between versions of zlib.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(runtime.rglob("*.py")):
            entry = zipfile.ZipInfo(f"runtime/{path.relative_to(runtime).as_posix()}", date_time=_EARLIEST)
            entry.create_system = _UNIX
            entry.external_attr = _READABLE_FILE
            archive.writestr(entry, path.read_bytes())
    return Package(buffer.getvalue())
