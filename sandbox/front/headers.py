"""What a load balancer does to the headers of a request and of its answer."""

import random
import re
import time
from collections.abc import Iterable
from typing import Final

from multidict import CIMultiDict

Headers = Iterable[tuple[str, str]]

_VALID_NAME: Final = re.compile(r"[-A-Za-z0-9]+")
_HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "expect",
    }
)
_TRACE: Final = "X-Amzn-Trace-Id"


def valid_name(name: str) -> bool:
    """Whether a load balancer that drops invalid header fields would keep this one."""
    return _VALID_NAME.fullmatch(name) is not None


def forwarded(
    headers: Headers, *, client_address: str, port: int, forwarded_for: str, drop_invalid: bool
) -> CIMultiDict[str]:
    """The headers that go to a target. ``forwarded_for`` is the deployed mode: append, preserve or remove."""
    pairs = list(headers)
    gone = _HOP_BY_HOP | _named_by_connection(pairs)
    kept = CIMultiDict(
        (name, value)
        for name, value in pairs
        if name.lower() not in gone and (not drop_invalid or valid_name(name))
    )
    _forwarded_for(kept, client_address, forwarded_for)
    kept["X-Forwarded-Proto"] = "https"
    kept["X-Forwarded-Port"] = str(port)
    kept[_TRACE] = _trace(kept.get(_TRACE))
    return kept


def answered(headers: Headers) -> CIMultiDict[str]:
    """The headers of a target's answer that go back to the caller."""
    pairs = list(headers)
    gone = _HOP_BY_HOP | _named_by_connection(pairs)
    return CIMultiDict((name, value) for name, value in pairs if name.lower() not in gone)


def _named_by_connection(pairs: Headers) -> frozenset[str]:
    return frozenset(
        name.strip().lower()
        for header, value in pairs
        if header.lower() == "connection"
        for name in value.split(",")
    )


def _forwarded_for(headers: CIMultiDict[str], client_address: str, mode: str) -> None:
    name = "X-Forwarded-For"
    if mode == "append":
        earlier = headers.popall(name, [])
        headers[name] = ", ".join([*earlier, client_address])
    elif mode == "remove":
        headers.popall(name, None)


def _trace(given: str | None) -> str:
    fresh = f"1-{int(time.time()):08x}-{random.getrandbits(96):024x}"
    if given is None:
        return f"Root={fresh}"
    # The caller's Root is kept, so that a trace goes through; the hop adds itself.
    fields = [field for field in given.split(";") if field and not field.startswith("Self=")]
    return ";".join([f"Self={fresh}", *fields])
