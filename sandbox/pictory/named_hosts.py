"""Every host that a request's body names, for whoever wants to know what the gateway let out.

It shares no code and no list with the gateway's inspector, and works the other way round: it takes the body for one
text without structure, undoes every escape it knows as often as it finds one, and takes each dotted name for a host.
"""

import html
import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

_ROUNDS = 8
_INVISIBLE = ("Cc", "Cf", "Mn")
_STOPS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": ".", "\u2024": "."})
_NAME = re.compile(r"(?<![\w-])[\w-]+(?:\.[\w-]+)+")
_AFTER_SLASHES = re.compile(r"[/\\]{2}(?:[^/\\?#\s@]*@)?([\w.-]+|\[[0-9a-f:.]+\])", re.IGNORECASE)
_NUMBERS = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")


def named_hosts(body: bytes) -> tuple[str, ...]:
    """Names and addresses in ``body``, in lower case, sorted: rather too many than too few."""
    found: set[str] = set()
    for text in _forms(body):
        found.update(filter(_may_be_a_name, _NAME.findall(text)))
        found.update(host for host in _AFTER_SLASHES.findall(text) if host.strip("."))
        found.update(filter(_is_address, _NUMBERS.findall(text)))
    return tuple(sorted({host.lower().strip(".") for host in found}))


def _forms(body: bytes) -> Iterable[str]:
    """The body as it is, and what is left of it when escapes and invisible characters are taken away."""
    text = body.decode("utf-8", "replace")
    for _ in range(_ROUNDS):
        yield text
        plain = unicodedata.normalize("NFKC", text.translate(_STOPS)).translate(_STOPS)
        yield plain
        yield plain.replace("\\", "")
        yield "".join(one for one in plain if unicodedata.category(one) not in _INVISIBLE)
        undone = _undo(plain)
        if undone == text:
            return
        text = undone


def _undo(text: str) -> str:
    text = re.sub(r"\\+u\{?([0-9a-fA-F]{4})\}?", lambda found: chr(int(found[1], 16)), text)
    text = re.sub(r"\\+x([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), text)
    text = re.sub(r"\\([bfnrt])", "", text).replace("\\/", "/").replace('\\"', '"')
    text = unquote_to_bytes(text.encode("utf-8", "replace")).decode("utf-8", "replace")
    return html.unescape(text)


def _may_be_a_name(text: str) -> bool:
    """Whether a dotted word ends like a top-level domain: in two letters or more, or in one that IDNA has encoded."""
    last = text.rpartition(".")[2].lower()
    return (len(last) > 1 and last.isalpha()) or last.startswith("xn--")


def _is_address(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True
