"""One body against the rules."""

from collections.abc import Iterator
from typing import Any, Final

from .document import NOT_JSON, parse
from .hosts import INVALID, NOT_ALLOWED, Hosts, host_of
from .refused import RefusedError
from .rules import Fields, Grant, folded

NO_CONNECTION: Final = "body_connection_not_allowed"

_LONGEST_PATH: Final = 200


def judge(body: bytes, *, fields: Fields, grant: Grant) -> None:
    """Raises RefusedError unless ``body`` is strict JSON that leads Pictory nowhere but to what ``grant`` allows.

    A URL field holds null, "", a URL, or lists and objects of them. Within such an object fields go by their own
    names, and every other string that looks like a URL is judged as well.
    """
    walk = _Walk(fields, grant)
    walk.members(parse(body), "", None)
    walk.finish()


class _Walk:
    """``around`` is the hosts that a URL may have within the nearest URL field above, if there is one."""

    def __init__(self, fields: Fields, grant: Grant) -> None:
        self._fields, self._grant = fields, grant
        self._sent_to = 0
        self._connected = False
        self._unnamed_destination = ""

    def members(self, value: dict[str, Any], path: str, around: Hosts | None) -> None:
        for key, inner in value.items():
            _no_surrogates(key)
            name = folded(key)
            if name in self._fields.connections:
                self._connection(inner, _under(path, key), key)
            elif name in self._fields.destinations:
                self._links(inner, _under(path, key), self._grant.destinations, key)
            elif name in self._fields.sources:
                # A source within a destination is where it sends to.
                self._links(inner, _under(path, key), around or self._grant.sources, key)
            elif isinstance(inner, dict | list):
                self._plain(inner, _under(path, key), around)
            elif isinstance(inner, str):
                self._text(inner, path, around)

    def finish(self) -> None:
        """What sends to no URL must send over a connection: the body has to name one that is allowed."""
        if self._unnamed_destination and not self._connected:
            raise RefusedError(
                NO_CONNECTION,
                f"It names neither an allowed URL nor an allowed connection: {self._unnamed_destination}.",
                field="destinations",
            )

    def _plain(self, value: Any, path: str, around: Hosts | None) -> None:
        if isinstance(value, str):
            self._text(value, path, around)
        elif isinstance(value, dict):
            self.members(value, path, around)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self._plain(item, f"{path}[{index}]", around)

    def _text(self, value: str, path: str, around: Hosts | None) -> None:
        _no_surrogates(value)
        if around is not None and _looks_like_a_url(value):
            self._url(value, path, around, "url")

    def _links(self, value: Any, path: str, hosts: Hosts, field: str) -> None:
        if isinstance(value, str):
            if value:
                self._url(value, path, hosts, field)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self._links(item, f"{path}[{index}]", hosts, field)
        elif isinstance(value, dict):
            before = self._sent_to
            self.members(value, path, hosts)
            if hosts is self._grant.destinations and self._sent_to == before:
                self._unnamed_destination = path
        elif value is not None:
            raise RefusedError(INVALID, f"It is neither text, list nor object: {path}.", field=field)

    def _url(self, value: str, path: str, hosts: Hosts, field: str) -> None:
        try:
            host = host_of(value)
        except RefusedError as error:
            raise RefusedError(error.code, f"{error.detail}: {path}.", field=field) from None
        if host not in hosts:
            raise RefusedError(NOT_ALLOWED, f"{path} names {host}.", field=field, host=host)
        self._sent_to += hosts is self._grant.destinations

    def _connection(self, value: Any, path: str, field: str) -> None:
        for id_ in _ids(value):
            if id_ not in self._grant.connections:
                raise RefusedError(NO_CONNECTION, f"See {path}.", field=field)
            self._connected = True


def _ids(value: Any) -> Iterator[str]:
    """The ids in a connection field; "" for what cannot be one."""
    if isinstance(value, list):
        for item in value:
            yield from _ids(item)
    elif value not in (None, ""):
        yield value if isinstance(value, str) else ""


def _looks_like_a_url(text: str) -> bool:
    return "://" in text or text.lstrip().startswith(("//", "\\\\"))


def _no_surrogates(text: str) -> None:
    if not text.isprintable() and not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise RefusedError(NOT_JSON, "A string has half of a surrogate pair.") from None


def _under(path: str, key: str) -> str:
    """``path`` and a key of the caller's, which is shown when it is a plain word."""
    name = key if len(key) <= 40 and key.isascii() and key.replace("_", "").isalnum() else "…"
    full = f"{path}.{name}" if path else name
    return full if len(full) <= _LONGEST_PATH else "…" + full[-_LONGEST_PATH:]
