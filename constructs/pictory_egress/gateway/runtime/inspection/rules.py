"""What a body is checked against, as the task definition gives it: fields of each operation, hosts of each client."""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

from .document import Root
from .hosts import Hosts
from .references import has_none

_MOST_REMEMBERED: Final = 500
_LONGEST_REMEMBERED: Final = 64


class RulesError(ValueError):
    """The rules cannot be used; the message says why."""


def folded(name: str) -> str:
    """A field's name without what readers of JSON differ in: case, compatibility forms, separators and controls."""
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name).casefold()
    name = name.lower()
    return name if name.isalnum() else "".join(filter(str.isalnum, name))


class Kind(Enum):
    """What a field's value may be."""

    OTHER = auto()
    """Anything that refers to allowed hosts only."""
    SPOKEN = auto()
    """Text that Pictory speaks or shows."""
    SOURCE = auto()
    """A URL that Pictory fetches from."""
    DESTINATION = auto()
    """A URL that Pictory reports to."""
    CONNECTION = auto()
    """The id of a connection that Pictory sends over."""


@dataclass(frozen=True)
class Fields:
    """Folded names of an operation's fields, wherever they stand in a body."""

    destinations: frozenset[str]
    sources: frozenset[str]
    connections: frozenset[str]

    def kind_of(self, name: str) -> Kind:
        """What the field ``name``, as a body spells it, is by its name alone."""
        word = folded(name)
        return (
            Kind.CONNECTION if word in self.connections
            else Kind.DESTINATION if word in self.destinations
            else Kind.SOURCE if word in self.sources
            else Kind.OTHER
        )  # fmt: skip


@dataclass(frozen=True)
class Place:
    """An object in a body, by the keys that lead to it: what its members are.

    ``spoken`` are names of texts, exactly as Pictory spells them. ``below`` are the objects further in that have some;
    ``elsewhere`` stands for all others. ``seen`` remembers members that bodies have had here.
    """

    fields: Fields
    spoken: frozenset[str] = frozenset()
    below: Mapping[str, "Place"] = field(default_factory=dict)
    elsewhere: "Place | None" = None
    seen: dict[str, tuple[Kind, "Place"]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def root(cls, fields: Fields, spoken: Iterable[str]) -> "Place":
        """The outermost one. ``spoken`` are paths such as ``scenes.story``; lists on the way take no part in them."""
        return cls._at(fields, spoken, elsewhere=cls(fields))

    @classmethod
    def _at(cls, fields: Fields, spoken: Iterable[str], *, elsewhere: "Place") -> "Place":
        names, deeper = set(), dict[str, list[str]]()
        for path in spoken:
            name, dot, rest = path.partition(".")
            if dot:
                deeper.setdefault(name, []).append(rest)
            else:
                names.add(name)
        below = {name: cls._at(fields, paths, elsewhere=elsewhere) for name, paths in deeper.items()}
        return cls(fields, frozenset(names), below, elsewhere)

    def learn(self, key: str, *, remember: bool) -> tuple[Kind, "Place"]:
        """Kind of the member ``key``, and the place within it. Only a key that refers to nothing may be remembered."""
        kind = Kind.SPOKEN if key in self.spoken else self.fields.kind_of(key)
        found = kind, self.below.get(key) or self.elsewhere or self
        # Bodies use few names. Those who use many get no memory of ours.
        if remember and len(self.seen) < _MOST_REMEMBERED and len(key) <= _LONGEST_REMEMBERED:
            self.seen[key] = found
        return found


@dataclass(frozen=True)
class Operation:
    """What the body of an operation is: ``root`` is the type of its outermost value."""

    root: Root
    place: Place


@dataclass(frozen=True)
class Grant:
    """Where a client's calls may make Pictory send to and fetch from, and what all other texts may refer to."""

    destinations: Hosts
    sources: Hosts
    others: Hosts
    connections: frozenset[str]


class Harmless:
    """Short texts that bodies have had, and that refer to nothing whatever is allowed: the words of settings."""

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def __contains__(self, text: str) -> bool:
        return text in self._texts

    def learn(self, text: str) -> bool:
        """Whether ``text`` is one. It is remembered, unless there are too many."""
        if not has_none(text):
            return False
        if len(self._texts) < _MOST_REMEMBERED and len(text) <= _LONGEST_REMEMBERED:
            self._texts.add(text)
        return True


@dataclass(frozen=True)
class Rules:
    """Everything that the inspector knows.

    ``clients`` is by issuer's key and subject. A client that is not in it has ``default``, which leads no data out.
    """

    operations: Mapping[str, Operation]
    clients: Mapping[tuple[str, str], Grant]
    default: Grant

    @classmethod
    def from_json(cls, text: str | bytes) -> "Rules":
        """From what was packed. Raises RulesError."""
        try:
            return cls._from_document(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RulesError(
                f"the rules are not what the task definition writes ({type(error).__name__}: {error}): "
                f"deploy it again"
            ) from None

    @classmethod
    def _from_document(cls, document: dict[str, Any]) -> "Rules":
        destinations = frozenset(map(folded, document["destination_fields"]))
        connections = frozenset(map(folded, document["connection_fields"]))
        bodies = []
        for kinds in document["bodies"]:
            outbound = frozenset(map(folded, kinds["outbound"]))
            fields = Fields(
                destinations=outbound & destinations, sources=outbound - destinations, connections=connections
            )
            bodies.append(Operation(root=kinds["root"], place=Place.root(fields, kinds["spoken"])))
        own, own_readable = document["source_hosts"], document["read_only_hosts"]

        def grant(given: Mapping[str, list[str]]) -> Grant:
            hosts, sources = given["hosts"], given["sources"]
            return Grant(
                destinations=Hosts.of(hosts),
                sources=Hosts.of([*hosts, *sources, *own]),
                others=Hosts.of([*hosts, *sources, *own_readable]),
                connections=frozenset(given["connections"]),
            )

        return cls(
            operations={id_: bodies[number] for id_, number in document["operations"].items()},
            clients={
                (issuer, subject): grant(given)
                for issuer, subjects in document["clients"].items()
                for subject, given in subjects.items()
            },
            default=grant({"hosts": [], "sources": [], "connections": []}),
        )
