"""Looks for secret values where they must not be."""

import base64
import urllib.parse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CHUNK: Final = 1 << 20


@dataclass(frozen=True)
class Search:
    """How much was read, and where a secret stood."""

    places: int
    bytes: int
    found: tuple[str, ...]


def spellings(secret: str) -> tuple[bytes, ...]:
    """The ways in which ``secret`` may be written: as it is, in base64 at each offset, and percent-encoded."""
    raw = secret.encode()
    encoded = set()
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + raw)
        # The characters at both ends depend on the neighbours: only the middle is the secret's own.
        encoded.add(text[4 if offset else 0 : -4])
    return (raw, urllib.parse.quote(secret, safe="").encode(), *sorted(encoded))


def search(
    secrets: Iterable[str],
    *,
    files: Iterable[Path],
    texts: Iterable[tuple[str, bytes]],
    processes: Sequence[int],
) -> Search:
    """Look for ``secrets`` in files (trees are walked), named texts, and processes' arguments and environment."""
    needles = [spelling for secret in secrets for spelling in spellings(secret)]
    longest = max(map(len, needles))
    places = total = 0
    found: list[str] = []
    for path in _files(files):
        places += 1
        size, hit = _search_file(path, needles, longest)
        total += size
        if hit:
            found.append(str(path))
    proc = [
        (f"process {pid} {what}", Path(f"/proc/{pid}/{what}").read_bytes())
        for pid in processes
        for what in ("cmdline", "environ")
        if Path(f"/proc/{pid}").exists()
    ]
    for name, content in [*texts, *proc]:
        places += 1
        total += len(content)
        if any(needle in content for needle in needles):
            found.append(name)
    return Search(places, total, tuple(found))


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield from (p for p in sorted(path.rglob("*")) if p.is_file() and not p.is_symlink())
        elif path.exists():
            yield path


def _search_file(path: Path, needles: Sequence[bytes], longest: int) -> tuple[int, bool]:
    size, tail = 0, b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            window = tail + chunk
            if any(needle in window for needle in needles):
                return size, True
            tail = window[-longest:]
    return size, False
