"""Everything in a text that a reader could take for a URL, or for a host to fetch from or report to.

It finds too much rather than too little: what looks like a reference must name an allowed host.
"""

import ipaddress
import re
from typing import Final

from .hosts import INVALID, Hosts, host_of, require
from .readings import Budget, readings
from .refused import RefusedError

# Without one of these there is no scheme, path, domain, address or escape.
_NO_REFERENCE: Final = re.compile(r"[^./:\\@%&\x00-\x1f\x7f-\U0010ffff]*")

# The usual URL, with a path that can hold no other: no query, no escape, no empty segment.
_USUAL_URL: Final = re.compile(
    r"https://((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63})(?:/[A-Za-z0-9_.~-]++)*+/?"
)
_LONGEST_USUAL_URL: Final = 250

# Up to a character that may end a URL in a text; then up to one that ends the authority for every parser.
_AUTHORITY: Final = re.compile(r""":([/\\]{2,}+)([^/\\?#\s<>"'`{}|^,;()!*]*+)([^/\\?#\s<>]*+)""")
_STOPS: Final = ".\u3002\uff61"
_USER: Final = re.compile(r"[^/\\?#]*@")
# At the start of a text a URL parser takes what follows a domain for the rest of a URL, spaces too.
_AT_THE_START: Final = re.compile(r"[/\\@\s]*+([\w-]++(?:\.[\w-]++)++)\.*+[/\\?#:]")
_COLON: Final = re.compile(r":(?=[/\\]?[^\s/\\]|\s{1,99}+[^/\\?#@]{0,999}+@)")
_SCHEME_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*\Z")
_LONGEST_SCHEME: Final = 32
_RELATIVE: Final = re.compile(r"(?<![\w.~%:/\\-])[/\\]{2,}+(?:[^/\\?#\s<>]|[^/\\?#]*@)")
_DOMAIN: Final = re.compile(
    r"(?<![\w./\\-])(?<!\w/@)(?:\.*+|[/\\])([\w-]++(?:\.[\w-]++)++)[.\u3002\uff61]*+([/\\]|[?#](?=\S)|:(?=[\d/\\?#]))?+"
)
_IPV6: Final = re.compile(r"\[([0-9a-fA-F.:]{2,45})(?:%[^\]\s]{0,64}+)?\]")
_SEPARATORS: Final = re.compile(r"[\s@,;|\"'()\[\]<>]+")
# What stands around a value in HTML, JSON, Markdown, style sheets and queries.
_OPENING: Final = frozenset("\"'=(<>[{,;#|*`")
_CLOSING: Final = frozenset("\"')<>]}&,;|*`") | {"", " "}
_NUMBER: Final = re.compile(r"0[xX][0-9a-fA-F]*|\d+", re.ASCII)

# Browsers read these with any number of slashes, none among them.
_BROWSERS: Final = frozenset({"file", "ftp", "ftps", "http", "https", "ws", "wss"})
# Those too, and these, which have none: they lead somewhere or hold a document.
_WITHOUT_SLASHES: Final = _BROWSERS | frozenset(
    {
        "about", "arn", "blob", "cid", "data", "feed", "filesystem", "jar", "javascript", "magnet", "mailto", "news",
        "sip", "sips", "sms", "tel", "urn", "vbscript", "view-source", "xmpp",
    }
)  # fmt: skip
# Ends of file names that are no top-level domain: a name with one of them is no host.
_FILES: Final = frozenset(
    {
        "aac", "avi", "bmp", "css", "csv", "doc", "docx", "flac", "gif", "htm", "html", "jpeg", "jpg", "json", "mkv",
        "mpeg", "mpg", "ogg", "otf", "pdf", "png", "ppt", "pptx", "srt", "svg", "tif", "tiff", "ttf", "txt", "vtt",
        "wav", "webm", "webp", "wma", "woff", "xls", "xlsx", "xml",
    }
)  # fmt: skip


def has_none(text: str) -> bool:
    """Whether ``text`` is certain to hold no reference, whatever is allowed."""
    return _NO_REFERENCE.fullmatch(text) is not None


def usual_host(text: str) -> str | None:
    """The host of ``text`` when that is a URL of the usual form, which refers to nothing else."""
    usual = _USUAL_URL.fullmatch(text) if len(text) <= _LONGEST_USUAL_URL else None
    return usual[1] if usual else None


def check_references(text: str, allowed: Hosts, budget: Budget, *, is_key: bool = False) -> None:
    """Raises RefusedError unless every reference in ``text``, in every reading of it, is to a host of ``allowed``.

    References are URLs with any scheme or none, domains with a path, port or query, mail addresses, and, where a text
    holds nothing else, names and addresses of hosts. A URL must begin with ``https://``. A key such as
    ``company.website`` is a name of the caller's own, and not of a host.
    """
    if host := usual_host(text):
        require(host, allowed)
        return
    for reading in readings(text, budget):
        _check(reading, allowed)
        if not is_key:
            _check_bare_names(reading, allowed)


def _check(text: str, allowed: Hosts) -> None:
    if ":" in text:
        for found in _AUTHORITY.finditer(text):
            _check_authority(text, found, allowed)
        for found in _COLON.finditer(text):
            if _scheme(text, found.start()) in (
                _BROWSERS if text[found.end()] in "/\\" or text[found.end()].isspace() else _WITHOUT_SLASHES
            ):
                raise RefusedError(INVALID, "A URL does not begin with https://.")
        if "[" in text:
            _refuse_ipv6(text)
    if _RELATIVE.search(text):
        raise RefusedError(INVALID, "A URL has no scheme: write it with https://.")
    if "." in text:
        if start := _AT_THE_START.match(text):
            _check_domain(start[1], allowed)
        for found in _DOMAIN.finditer(text):
            if found[2] or found[1][:4].lower() == "www." or _stands_alone(text, *found.span()):
                _check_domain(found[1], allowed)


def _check_authority(text: str, found: re.Match[str], allowed: Hosts) -> None:
    slashes, authority, rest = found.groups()
    if _scheme(text, found.start()) != "https" or slashes != "//":
        raise RefusedError(INVALID, "A URL does not begin with https://.")
    if any(stop in rest for stop in _STOPS) or _USER.match(text, found.end(2)):
        # Some parsers end the host at what is neither letter nor digit, some take it for a part of the name, and some
        # take all up to an "@" for a user's name, spaces too.
        raise RefusedError(INVALID, "A URL's host is followed by what may belong to it.")
    require(host_of(f"https://{authority.rstrip('.:')}"), allowed)


def _scheme(text: str, colon: int) -> str:
    name = _SCHEME_NAME.search(text[max(0, colon - _LONGEST_SCHEME) : colon])
    return name[0].lower() if name else ""


def _refuse_ipv6(text: str) -> None:
    for found in _IPV6.finditer(text):
        if _is_address(found[1]):
            raise RefusedError(INVALID, "A URL has an IP address for host.")


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` is a whole value in a text with structure, or follows a user's name and "@"."""
    before = text[start - 1 : start]
    if before == "@":
        return start > 1 and not text[start - 2].isspace()
    return before in _OPENING and text[end : end + 1] in _CLOSING


def _check_domain(domain: str, allowed: Hosts) -> None:
    last = domain.rpartition(".")[2].lower()
    if (last.isalpha() and last not in _FILES) or last.startswith("xn--") or not last.isascii():
        require(host_of(f"https://{domain}"), allowed)
    elif domain.count(".") == 3 and all(map(_NUMBER.fullmatch, domain.split("."))):
        raise RefusedError(INVALID, "A URL has an IP address for host.")


def _check_bare_names(text: str, allowed: Hosts) -> None:
    """A text of nothing but names of hosts is a list of them."""
    words = dict.fromkeys(
        word.rstrip(".:?#\u3002\uff61") for word in _SEPARATORS.split(text.lstrip("/\\")) if word
    )
    if all(("." in word and _DOMAIN.fullmatch(word)) or _is_address(word) for word in words):
        for word in words:
            domain = _DOMAIN.fullmatch(word)
            if domain is None or _is_address(word):
                raise RefusedError(INVALID, "A text is an IP address.")
            _check_domain(domain[1], allowed)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
