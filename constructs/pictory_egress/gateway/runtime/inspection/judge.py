"""One body against the rules."""

from collections.abc import Callable
from typing import Any, Final

from .document import parse
from .hosts import INVALID, NOT_ALLOWED, Hosts, host_of
from .refused import RefusedError
from .rules import Fields, Grant, Kind

NO_CONNECTION: Final = "body_connection_not_allowed"

_PLAIN: Final = Kind.PLAIN


def judge(body: bytes, *, fields: Fields, grant: Grant) -> None:
    """Raises RefusedError unless ``body`` is strict JSON that leads Pictory nowhere but to what ``grant`` allows.

    A URL field holds null, "", a URL, or lists and objects of them. Within such an object fields go by their own
    names, and every other string that looks like a URL is judged as well.
    """
    walk = _Walk(fields, grant)
    walk.members(parse(body), None)
    walk.finish()


class _Walk:
    """``around`` is the hosts that a URL may have within the nearest URL field above, if there is one."""

    def __init__(self, fields: Fields, grant: Grant) -> None:
        self._seen, self._kind_of, self._grant = fields.seen, fields.kind_of, grant
        self._sent_to = 0
        self._connected = False
        self._unnamed_destination = False

    def members(self, value: dict[str, Any], around: Hosts | None) -> None:
        key = ""
        try:
            for key, inner in value.items():
                kind = self._seen.get(key) or self._kind_of(key)
                if kind is _PLAIN:
                    # Most members are text: it is not worth a call.
                    if around is not None or type(inner) is dict or type(inner) is list:
                        self._plain(inner, around)
                elif kind is Kind.SOURCE:
                    # A source within a destination is where it sends to.
                    self._links(inner, around or self._grant.sources, key)
                elif kind is Kind.DESTINATION:
                    self._links(inner, self._grant.destinations, key)
                else:
                    self._connection(inner, key)
        except RefusedError as error:
            error.within(key)
            raise

    def finish(self) -> None:
        """What sends to no URL must send over a connection: the body has to name one that is allowed."""
        if self._unnamed_destination and not self._connected:
            raise RefusedError(
                NO_CONNECTION,
                "A destination names neither an allowed URL nor an allowed connection.",
                field="destinations",
            )

    def _plain(self, value: Any, around: Hosts | None) -> None:
        if type(value) is dict:
            self.members(value, around)
        elif type(value) is list:
            _each(value, lambda item: self._plain(item, around))
        elif around is not None and isinstance(value, str) and _looks_like_a_url(value):
            self._url(value, around, "url")

    def _links(self, value: Any, hosts: Hosts, field: str) -> None:
        if isinstance(value, str):
            if value:
                self._url(value, hosts, field)
        elif isinstance(value, list):
            _each(value, lambda item: self._links(item, hosts, field))
        elif isinstance(value, dict):
            before = self._sent_to
            self.members(value, hosts)
            self._unnamed_destination |= hosts is self._grant.destinations and self._sent_to == before
        elif value is not None:
            raise RefusedError(INVALID, "A URL belongs here.", field=field)

    def _url(self, value: str, hosts: Hosts, field: str) -> None:
        try:
            host = host_of(value)
        except RefusedError as error:
            error.field = field
            raise
        if host not in hosts:
            raise RefusedError(NOT_ALLOWED, f"{host} is not allowed.", field=field, host=host)
        self._sent_to += hosts is self._grant.destinations

    def _connection(self, value: Any, field: str) -> None:
        for id_ in value if isinstance(value, list) else [value]:
            if id_ in (None, ""):
                continue
            if not isinstance(id_, str) or id_ not in self._grant.connections:
                raise RefusedError(NO_CONNECTION, "This connection is not allowed.", field=field)
            self._connected = True


def _each(items: list[Any], judge_one: Callable[[Any], None]) -> None:
    passed = 0
    try:
        for item in items:
            judge_one(item)
            passed += 1
    except RefusedError as error:
        error.within(passed)
        raise


def _looks_like_a_url(text: str) -> bool:
    return "://" in text or text.lstrip().startswith(("//", "\\\\"))
