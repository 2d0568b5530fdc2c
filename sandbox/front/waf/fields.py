"""Which part of a request a statement looks at (FieldToMatch)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.front.waf.errors import UnsupportedError
from sandbox.front.waf.request import WafRequest


@dataclass(frozen=True)
class Oversize(Exception):  # noqa: N818 - it decides a statement; it is no error
    """More was sent than WAF reads, and the statement says what that means."""

    matches: bool


Extract = Callable[[WafRequest], list[bytes]]
"""The parts to look at; none of them when the request has no such part. May raise :class:`Oversize`."""


def extractor(field: Mapping[str, Any], *, where: str) -> Extract:
    """How to get ``field`` from a request.

    Raises
    ------
    UnsupportedError
        The field, or a setting of it, is not known here.
    """
    if len(field) != 1:
        raise UnsupportedError(
            f"{where}: FieldToMatch must name one part of the request, not {sorted(field)}"
        )
    ((kind, settings),) = field.items()
    make = _EXTRACTORS.get(kind)
    if make is None:
        raise UnsupportedError(f"{where}: FieldToMatch {kind!r} is not evaluated here")
    return make(settings or {}, where)


def _single_header(settings: Mapping[str, Any], _: str) -> Extract:
    name = settings["Name"].lower()

    def extract(request: WafRequest) -> list[bytes]:
        value = request.header(name)
        return [] if value is None else [value]

    return extract


def _body(settings: Mapping[str, Any], where: str) -> Extract:
    handling = _oversize(settings, where)

    def extract(request: WafRequest) -> list[bytes]:
        if not request.body_is_whole and handling != "CONTINUE":
            raise Oversize(handling == "MATCH")
        return [request.body]

    return extract


def _headers(settings: Mapping[str, Any], where: str) -> Extract:
    handling, scope = _oversize(settings, where), settings.get("MatchScope", "ALL")
    wanted = _selector(settings.get("MatchPattern", {}), where)

    def extract(request: WafRequest) -> list[bytes]:
        if not request.headers_are_whole and handling != "CONTINUE":
            raise Oversize(handling == "MATCH")
        found = [(name, value) for name, value in request.inspected_headers if wanted(name.lower())]
        return _pairs(found, scope)

    return extract


def _cookies(settings: Mapping[str, Any], where: str) -> Extract:
    handling, scope = _oversize(settings, where), settings.get("MatchScope", "ALL")
    wanted = _selector(settings.get("MatchPattern", {}), where)

    def extract(request: WafRequest) -> list[bytes]:
        if not request.headers_are_whole and handling != "CONTINUE":
            raise Oversize(handling == "MATCH")
        header = (request.header("cookie") or b"").decode("utf-8", "surrogateescape")
        pairs = (pair.strip().partition("=")[::2] for pair in header.split(";") if pair.strip())
        return _pairs([(name, value) for name, value in pairs if wanted(name)], scope)

    return extract


def _pairs(pairs: list[tuple[str, str]], scope: str) -> list[bytes]:
    keys = [_bytes(name) for name, _ in pairs] if scope in ("ALL", "KEY") else []
    values = [_bytes(value) for _, value in pairs] if scope in ("ALL", "VALUE") else []
    return keys + values


def _selector(pattern: Mapping[str, Any], where: str) -> Callable[[str], bool]:
    if "All" in pattern:
        return lambda _: True
    for kind, negated in (("Included", False), ("Excluded", True)):
        for key in (f"{kind}Headers", f"{kind}Cookies"):
            if key in pattern:
                names = {name.lower() for name in pattern[key]}
                return lambda name, names=names, negated=negated: (name in names) != negated  # type: ignore[misc]
    raise UnsupportedError(f"{where}: MatchPattern {sorted(pattern)} is not evaluated here")


def _arguments(_: Mapping[str, Any], __: str) -> Extract:
    return lambda request: [_bytes(text) for pair in request.query_arguments for text in pair]


def _argument(settings: Mapping[str, Any], _: str) -> Extract:
    wanted = settings["Name"].lower()
    return lambda request: [
        _bytes(value) for name, value in request.query_arguments if name.lower() == wanted
    ]


def _oversize(settings: Mapping[str, Any], where: str) -> str:
    handling: str = settings.get("OversizeHandling", "CONTINUE")
    if handling not in ("CONTINUE", "MATCH", "NO_MATCH"):
        raise UnsupportedError(f"{where}: OversizeHandling {handling!r} is not evaluated here")
    return handling


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


_EXTRACTORS: Final[dict[str, Callable[[Mapping[str, Any], str], Extract]]] = {
    "SingleHeader": _single_header,
    "Headers": _headers,
    "Cookies": _cookies,
    "Body": _body,
    "AllQueryArguments": _arguments,
    "SingleQueryArgument": _argument,
    "UriPath": lambda *_: lambda request: [_bytes(request.uri_path)],
    "QueryString": lambda *_: lambda request: [_bytes(request.query)],
    "Method": lambda *_: lambda request: [_bytes(request.method)],
}
