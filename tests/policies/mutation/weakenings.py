"""Every weakening of a stack that the policies promise to catch, derived from its document.

An operator looks at one value, with its place, and yields what a careless or hostile change would put there.
A :class:`Weakening` is one such change; as text it is the operator and the place, which survivors are explained by.
"""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.policies.mutation.operators import OPERATORS, Place
from tests.policies.mutation.unfolding import REMOVE, Path, Text, walk

TERRAFORM = "terraform"
_ALIKE = 2
"""Of places in Envoy's lookups (its routes, 60 of them) that differ by a number or a path, so many are changed."""
_LOOKUPS = frozenset({"route_config", "matcher"})
_UNTOUCHED = ("depends_on", "tags", "connection", "provisioner", "dashboard_body")


@dataclass(frozen=True)
class Weakening:
    """``new`` at ``path`` of the block at ``address``; with an empty path the block itself is dropped."""

    operator: str
    address: str
    path: Path
    new: Any

    def __str__(self) -> str:
        return f"{self.operator} {'/'.join([self.address, *map(str, self.path)])}{self._becomes}"

    @property
    def _becomes(self) -> str:
        return "" if self.new is REMOVE else f" = {str(self.new)[:80]}"


def weakenings(document: dict[str, Any]) -> list[Weakening]:
    """All of them, of an unfolded document."""
    found = [
        Weakening("drop", f"{type_}.{name}", (), REMOVE)
        for type_, named in document["resource"].items()
        for name in named
    ]
    found += _of_block(TERRAFORM, document[TERRAFORM])
    for type_, named in document["resource"].items():
        for name, body in named.items():
            found += _of_block(f"{type_}.{name}", body)
    return found


def _of_block(address: str, body: Any) -> list[Weakening]:
    found = []
    alike: Counter[tuple[str, int, str]] = Counter()
    texts = {path for path, value in walk(body) if isinstance(value, Text)}
    parents = {path: value.value if isinstance(value, Text) else value for path, value in walk(body)}
    for path, value in walk(body):
        if not path or path[0] in _UNTOUCHED:
            continue
        depth = sum(path[: len(text)] == text and len(text) < len(path) for text in texts)
        place = Place(
            type=address.split(".")[0],
            path=path,
            parent=parents[path[:-1]],
            depth=depth,
            filters=_filters(path, parents),
        )
        for name, operator in OPERATORS.items():
            for number, new in enumerate(operator(place, value)):
                if new == value:
                    continue
                shape = (name, number, "/".join(map(_alike, path)))
                alike[shape] += 1
                if alike[shape] <= _ALIKE or not _LOOKUPS.intersection(path):
                    found.append(Weakening(name, address, path, new))
    return found


def _filters(path: Path, parents: dict[Path, Any]) -> tuple[str, ...]:
    """Names of the filters of the connection manager whose routes ``path`` goes through, but its last, the router."""
    if "route_config" not in path:
        return ()
    manager = parents[path[: path.index("route_config")]]
    return tuple(str(entry["name"]) for entry in manager["http_filters"][:-1])


def _alike(step: str | int) -> str:
    """A step without its number; paths, which Envoy's lookups have for keys, are all one."""
    return "*" if isinstance(step, int) or step.startswith("/") else re.sub(r"\d+$", "", step)
