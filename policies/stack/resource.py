"""What policies read: the resources of one stack, with their references to each other."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .acknowledgement import Acknowledgement
from .values import Encoded, Reference, Unknown, known, references, template, walk

_DEEPEST_RESOLUTION = 20
_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]")
_WAY = re.compile(rf"(?:{_STEP.pattern})+")

TERRAFORM = "terraform"
"""Type and address under which policies see the stack's own settings."""


@dataclass(frozen=True, eq=False)
class Resource:
    """A managed resource, or a data source (``address`` then starts with ``data.``).

    ``values`` has every reference filled in whose value stands in the stack, ``expressions`` has none.
    ``line`` is where it stands in its file, ``construct`` its path in the construct tree, where known.
    """

    address: str
    type: str
    name: str
    values: Mapping[str, Any]
    expressions: Mapping[str, Any]
    line: int = 1
    construct: str | None = None
    acknowledgements: tuple[Acknowledgement, ...] = ()

    def get(self, *path: str) -> Any:
        """The value at ``path``, which may be :class:`Unknown`; None where nothing is set."""
        return dig(self.values, path)

    def known(self, *path: str) -> Any:
        """The value at ``path``, None where nothing is set.

        Raises
        ------
        NotKnownError
            It is not known before the stack is applied.
        """
        return known(self.get(*path), ".".join(path))

    def blocks(self, *path: str) -> list[Mapping[str, Any]]:
        """The blocks at ``path``: one, several or none.

        Raises
        ------
        NotKnownError
            Whether there are any is not known before the stack is applied.
        """
        return blocks(dig_raw(self.values, path), ".".join(path))

    def references(self, *path: str) -> set[Reference]:
        """The mentions of other blocks at ``path``, of the whole resource when it is empty."""
        return references(dig_raw(self.expressions, path))


def blocks(value: Any, name: str) -> list[Mapping[str, Any]]:
    """A value that holds blocks, as a list of them."""
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [value]
    found = known(value, name) if isinstance(value, Unknown) else value
    return [
        known(block, name) if isinstance(block, Unknown) else block for block in found if block is not None
    ]


def dig(value: Any, path: Iterable[str]) -> Any:
    """The value at ``path``; a list of one block is taken for the block."""
    found = dig_raw(value, path)
    return (
        found[0] if isinstance(found, list) and len(found) == 1 and isinstance(found[0], Mapping) else found
    )


def dig_raw(value: Any, path: Iterable[str]) -> Any:
    """The value at ``path`` as it stands, a block or a list of blocks."""
    for key in path:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, Unknown) or value is None:
            return value
        if not isinstance(value, Mapping):
            # Several blocks: all that stands under this key in any of them.
            value = [block[key] for block in value if isinstance(block, Mapping) and key in block] or None
            continue
        if key not in value and key in blocks_to_come(value):
            return Unknown(text=f"dynamic block {key}", references=tuple(references(value["dynamic"])))
        value = value.get(key)
    return value


def blocks_to_come(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The dynamic blocks of ``value`` by name: how many there will be is not known."""
    dynamic = value.get("dynamic")
    return dynamic if isinstance(dynamic, Mapping) else {}


@dataclass(frozen=True, eq=False)
class Stack:
    """One stack as synthesized or as planned. ``settings`` are its ``terraform`` block.

    ``named`` are its variables, locals and outputs. ``modules`` are those whose resources stand elsewhere: only a
    plan shows them.
    """

    name: str
    file: Path
    kind: str
    resources: Mapping[str, Resource]
    data: Mapping[str, Resource] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    providers: Mapping[str, Any] = field(default_factory=dict)
    named: Mapping[str, Any] = field(default_factory=dict)
    acknowledgements: tuple[Acknowledgement, ...] = ()
    modules: tuple[str, ...] = ()

    def of(self, *types: str) -> list[Resource]:
        """The resources of ``types``; ``*`` is every resource, ``terraform`` the stack's own settings."""
        own = [self.terraform] if TERRAFORM in types else []
        return own + [r for r in self.resources.values() if r.type in types or "*" in types]

    @property
    def terraform(self) -> Resource:
        """The stack's ``terraform`` block, in the shape of a resource."""
        return Resource(
            TERRAFORM,
            TERRAFORM,
            self.name,
            self.settings,
            self.settings,
            construct=self.name,
            acknowledgements=self.acknowledgements,
        )

    def block(self, address: str) -> Resource | None:
        """The resource or data source at ``address``."""
        return self.resources.get(address) or self.data.get(address) or self._first_instance(address)

    def linked(self, resource: Resource, *path: str, types: tuple[str, ...] = ()) -> list[Resource]:
        """The blocks that ``resource`` mentions at ``path``, of ``types`` when given."""
        found = {r.address: self.block(r.address) for r in sorted(resource.references(*path), key=str)}
        return [block for block in found.values() if block and (not types or block.type in types)]

    def linking(self, target: Resource, *path: str, types: tuple[str, ...]) -> list[Resource]:
        """The resources of ``types`` that mention ``target`` at ``path``, or anywhere when it is empty."""
        return [
            resource
            for resource in self.of(*types)
            if any(same(mention.address, target.address) for mention in resource.references(*path))
        ]

    def _first_instance(self, address: str) -> Resource | None:
        return next((r for known, r in self.resources.items() if same(known, address)), None)


def same(address: str, other: str) -> bool:
    """Whether two addresses are of one block, whichever of its instances (``[0]``) they name."""
    return address.split("[")[0] == other.split("[")[0]


def resolve(value: Any, blocks_by_address: Mapping[str, Mapping[str, Any]], depth: int = 0) -> Any:
    """``value`` with each reference filled in whose value stands in the stack."""
    if depth > _DEEPEST_RESOLUTION:
        return value
    if isinstance(value, Mapping):
        return {key: resolve(inner, blocks_by_address, depth) for key, inner in value.items()}
    if isinstance(value, list):
        return [resolve(inner, blocks_by_address, depth) for inner in value]
    if isinstance(value, Encoded):
        return Encoded(resolve(value.value, blocks_by_address, depth))
    if not isinstance(value, Unknown):
        return value
    if value.parts:
        return template(
            [p if isinstance(p, str) else resolve(p, blocks_by_address, depth + 1) for p in value.parts]
        )
    if len(value.references) != 1:
        return value
    (reference,) = value.references
    way = value.text.removeprefix(f"${{{reference.address}").removesuffix("}")
    if not _WAY.fullmatch(way):
        return value
    found = resolve(_at(blocks_by_address.get(reference.address), way), blocks_by_address, depth + 1)
    return value if found is None or any(isinstance(part, Unknown) for part in walk(found)) else found


def _at(value: Any, way: str) -> Any:
    """What stands at ``.metric_transformation[0].name`` of a block; None where that is nothing that was written."""
    for attribute, index in _STEP.findall(way):
        if isinstance(value, Mapping):
            value = (
                value.get(attribute) if attribute else value
            )  # one block, written without a list around it
        elif isinstance(value, list) and index and int(index) < len(value):
            value = value[int(index)]
        else:
            return None
    return value
