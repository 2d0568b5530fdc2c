"""What a body is judged by, as the task definition gives it: fields of each operation, hosts of each client."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

from .hosts import Hosts

_MOST_NAMES: Final = 2000
_LONGEST_NAME: Final = 64


class RulesError(ValueError):
    """The rules cannot be used; the message says why."""


def folded(name: str) -> str:
    """A field's name without what readers of JSON differ in: case, compatibility forms, and word separators."""
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name).casefold()
    return name.lower().replace("_", "").replace("-", "")


class Kind(Enum):
    """What a field's value may lead to."""

    PLAIN = auto()
    SOURCE = auto()
    DESTINATION = auto()
    CONNECTION = auto()


@dataclass(frozen=True)
class Fields:
    """Folded names of an operation's fields that make Pictory send to, or fetch from, somewhere.

    ``seen`` is what names that bodies have used were found to be.
    """

    destinations: frozenset[str]
    sources: frozenset[str]
    connections: frozenset[str]
    seen: dict[str, Kind] = field(default_factory=dict, repr=False, compare=False)

    def kind_of(self, name: str) -> Kind:
        """What the field ``name``, as a body spells it, is."""
        word = folded(name)
        kind = (
            Kind.CONNECTION if word in self.connections
            else Kind.DESTINATION if word in self.destinations
            else Kind.SOURCE if word in self.sources
            else Kind.PLAIN
        )  # fmt: skip
        # Bodies use few names; those who use many get no memory of ours.
        if len(self.seen) < _MOST_NAMES and len(name) <= _LONGEST_NAME:
            self.seen[name] = kind
        return kind


@dataclass(frozen=True)
class Grant:
    """Where a client's calls may make Pictory send to and fetch from."""

    destinations: Hosts
    sources: Hosts
    connections: frozenset[str]


@dataclass(frozen=True)
class Rules:
    """Everything that the inspector knows.

    ``clients`` is by issuer's key and subject. A client that is not in it has ``default``, which lets no data out.
    """

    operations: Mapping[str, Fields]
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
        field_sets = [frozenset(map(folded, names)) for names in document["field_sets"]]
        own = document["source_hosts"]

        def grant(hosts: list[str], ids: list[str]) -> Grant:
            return Grant(
                destinations=Hosts.of(hosts), sources=Hosts.of([*hosts, *own]), connections=frozenset(ids)
            )

        return cls(
            operations={
                id_: Fields(
                    destinations=field_sets[number] & destinations,
                    sources=field_sets[number] - destinations,
                    connections=connections,
                )
                for id_, number in document["operations"].items()
            },
            clients={
                (issuer, subject): grant(given["hosts"], given["connections"])
                for issuer, subjects in document["clients"].items()
                for subject, given in subjects.items()
            },
            default=grant([], []),
        )
