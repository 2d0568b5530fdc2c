"""One body against the rules. Closed world: what is not known to be harmless must be allowed."""

from collections.abc import Callable
from typing import Any, Final

from .document import MAX_DEPTH, parse, too_deep
from .hosts import INVALID, Hosts, host_of, require
from .readings import Budget
from .references import check_references, has_none, usual_host
from .refused import RefusedError
from .rules import Grant, Harmless, Kind, Operation, Place
from .spoken_text import check_spoken_text

NO_CONNECTION: Final = "body_connection_not_allowed"

_HARMLESS: Final = Harmless()

_OTHER: Final = Kind.OTHER
_SPOKEN: Final = Kind.SPOKEN


def check(body: bytes, *, operation: Operation, grant: Grant) -> None:
    """Raises RefusedError unless ``body`` is strict JSON that leads Pictory nowhere but to what ``grant`` allows.

    Every string, keys among them, may refer to allowed hosts only, whatever its field is called. Two kinds of fields
    differ. Where Pictory expects a URL, nothing but a URL may stand: null, "", or lists and objects of URLs. Where
    Pictory only speaks or shows a text, its words are free.
    """
    walk = _Walk(grant)
    walk.value(parse(body, root=operation.root), operation.place, None)
    walk.finish()


class _Walk:
    """``around`` is the hosts that a URL may have within the nearest URL field above, if there is one."""

    def __init__(self, grant: Grant) -> None:
        self._grant, self._budget = grant, Budget()
        self._depth = 0
        self._sent_to = 0
        self._connected = False
        self._unnamed_destination = False

    def value(self, value: Any, place: Place, around: Hosts | None) -> None:
        """Any value that is no URL."""
        type_ = type(value)
        if type_ is dict:
            self._members(value, place, around)
        elif type_ is list:
            self._items(value, lambda item: self.value(item, place, around))
        elif type_ is str and value not in _HARMLESS and not _HARMLESS.learn(value):
            check_references(value, around or self._grant.others, self._budget)
            self._sent_to += around is self._grant.destinations and "://" in value

    def _members(self, value: dict[str, Any], place: Place, around: Hosts | None) -> None:
        self._enter()
        key, seen = "", place.seen
        try:
            for key, inner in value.items():
                kind, below = seen.get(key) or self._first_seen(key, place)
                if kind is _OTHER:
                    # Most members are short words that others have sent before: they are not worth a call.
                    if type(inner) is not bool and (type(inner) is not str or inner not in _HARMLESS):
                        self.value(inner, below, around)
                elif kind is _SPOKEN:
                    self._spoken(inner, below, around)
                elif kind is Kind.SOURCE:
                    # A source within a destination is where it sends to.
                    self._links(inner, below, around or self._grant.sources)
                elif kind is Kind.DESTINATION:
                    self._links(inner, below, self._grant.destinations)
                else:
                    self._connection(inner)
        except RefusedError as error:
            error.within(key)
            raise
        self._depth -= 1

    def _items(self, items: list[Any], check_one: Callable[[Any], None]) -> None:
        self._enter()
        passed = 0
        try:
            for item in items:
                check_one(item)
                passed += 1
        except RefusedError as error:
            error.within(passed)
            raise
        self._depth -= 1

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise too_deep()

    def finish(self) -> None:
        """What sends to no URL must send over a connection: the body has to name one that is allowed."""
        if self._unnamed_destination and not self._connected:
            raise RefusedError(
                NO_CONNECTION,
                "A destination names neither an allowed URL nor an allowed connection.",
                field="destinations",
            )

    def _first_seen(self, key: str, place: Place) -> tuple[Kind, Place]:
        # What one client's grant lets pass is not remembered: the next client may have another.
        harmless = has_none(key)
        if not harmless:
            check_references(key, self._grant.others, self._budget, is_key=True)
        return place.learn(key, remember=harmless)

    def _spoken(self, value: Any, place: Place, around: Hosts | None) -> None:
        """A text, or a list of texts; an object in the place of a text is none."""
        if type(value) is str:
            check_spoken_text(value, around or self._grant.others, self._budget)
        elif type(value) is list:
            self._items(value, lambda item: self._spoken(item, place, around))
        else:
            self.value(value, place, around)

    def _links(self, value: Any, place: Place, hosts: Hosts) -> None:
        if type(value) is str:
            if not value:
                return
            if host := usual_host(value):
                require(host, hosts)
            else:
                require(host_of(value), hosts)
                # Its path or query may hold another one.
                check_references(value, hosts, self._budget)
            self._sent_to += hosts is self._grant.destinations
        elif type(value) is list:
            self._items(value, lambda item: self._links(item, place, hosts))
        elif type(value) is dict:
            before = self._sent_to
            self._members(value, place, hosts)
            self._unnamed_destination |= hosts is self._grant.destinations and self._sent_to == before
        elif value is not None:
            raise RefusedError(INVALID, "A URL belongs here.")

    def _connection(self, value: Any) -> None:
        for id_ in value if isinstance(value, list) else [value]:
            if id_ in (None, ""):
                continue
            if not isinstance(id_, str) or id_ not in self._grant.connections:
                raise RefusedError(NO_CONNECTION, "This connection is not allowed.")
            self._connected = True
