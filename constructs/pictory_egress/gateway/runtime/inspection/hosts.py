"""URLs that a body may name: https, and a host of a list."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .refused import RefusedError

MAX_URL_CHARACTERS: Final = 4096
"""Presigned URLs with a session token have about 2,000."""

INVALID: Final = "body_url_invalid"
NOT_ALLOWED: Final = "body_host_not_allowed"

_SCHEME: Final = "https://"
_AUTHORITY_END: Final = re.compile(r"[/?#]")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# What IDNA 2003 and 2008 read differently: ß, final sigma, and the two joiners.
_AMBIGUOUS: Final = frozenset("\u00df\u1e9e\u03c2\u200c\u200d")
# Nearly all URLs are of this form, of which nothing is left to judge; it saves most of the time.
_COMMON: Final = re.compile(
    r"https://((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63})(?:[/?#][!-\[\]-~]*)?"
)
_LONGEST_NAME: Final = 253
_NAMED_PORT: Final = ":443"


@dataclass(frozen=True)
class Hosts:
    """Exact names, and domains of which every name below them is meant."""

    exact: frozenset[str]
    below: tuple[str, ...]

    @classmethod
    def of(cls, names: Iterable[str]) -> "Hosts":
        """From names as the settings have them: ``www.example.com``, or ``*.example.com``."""
        known = sorted(set(names))
        return cls(
            exact=frozenset(name for name in known if not name.startswith("*")),
            below=tuple(name[1:] for name in known if name.startswith("*.")),
        )

    def __contains__(self, host: str) -> bool:
        return host in self.exact or host.endswith(self.below)


def require(host: str, allowed: Hosts) -> None:
    """Raises RefusedError unless ``host``, in its normal form, is one of ``allowed``."""
    if host not in allowed:
        raise RefusedError(NOT_ALLOWED, f"{host} is not allowed.", host=host)


def host_of(url: str) -> str:
    """The host of ``url`` in its one normal form: lower case, ASCII.

    Raises RefusedError unless the URL is one that every parser reads in the same way: https, no user, a DNS name,
    the standard port.
    """
    if len(url) > MAX_URL_CHARACTERS:
        raise RefusedError(INVALID, f"The URL has more than {MAX_URL_CHARACTERS:,} characters.")
    common = _COMMON.fullmatch(url)
    return common[1] if common and len(common[1]) <= _LONGEST_NAME else _judged(url)


def _judged(url: str) -> str:
    if not url.isprintable() or " " in url or "\\" in url:
        raise RefusedError(INVALID, "The URL has a space, a backslash or a control character.")
    if url[: len(_SCHEME)].lower() != _SCHEME:
        raise RefusedError(INVALID, "The URL does not begin with https://.")
    authority = _AUTHORITY_END.split(url[len(_SCHEME) :], maxsplit=1)[0]
    if "@" in authority:
        raise RefusedError(INVALID, "The URL has a user name or password.")
    host = authority.removesuffix(_NAMED_PORT)
    if ":" in host:
        raise RefusedError(INVALID, "The URL has a port other than 443, or an IP address for host.")
    return _normal(host)


def _normal(host: str) -> str:
    labels = [label.lower() if label.isascii() else _ascii(label) for label in host.split(".")]
    # A last label that begins with a digit is what makes a host an IPv4 address, in any of its spellings.
    if labels[-1][:1].isdigit():
        raise RefusedError(INVALID, "The URL has an IP address for host.")
    name = ".".join(labels)
    if len(labels) < 2 or len(name) > _LONGEST_NAME or not all(map(_LABEL.fullmatch, labels)):
        raise RefusedError(INVALID, "The URL's host is not a full DNS name.")
    return name


def _ascii(label: str) -> str:
    """The A-label of ``label``, which must be written in the one way that all versions of IDNA agree on."""
    if _AMBIGUOUS.isdisjoint(label) and unicodedata.normalize("NFKC", label) == label:
        try:
            encoded = label.lower().encode("idna")
            if encoded.decode("idna") == label.lower():
                return encoded.decode("ascii")
        except UnicodeError:
            pass
    raise RefusedError(INVALID, "The URL's host is not in its normal form.")
