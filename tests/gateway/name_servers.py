"""DNS servers that fail, each in a way of its own."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from typing import Final

_NO_ERROR, _SERVFAIL, _NXDOMAIN, _REFUSED = 0, 2, 3, 5
_RESPONSE, _TRUNCATED = 0x8180, 0x0200
_CLASS_IN: Final = 1

Way = Callable[[bytes, bytes], bytes | None]
"""From a query's id and question to what is sent back; ``None`` is nothing at all."""


def _answer(flags: int, *, address: str = "") -> Way:
    """An answer with ``flags`` beside those that each has, and ``address`` where the question was for one."""

    def answer(ident: bytes, question: bytes) -> bytes:
        given = address if question[-4:-2] == b"\0\1" else ""
        header = ident + struct.pack(">HHHHH", _RESPONSE | flags, 1, bool(given), 0, 0)
        record = b"\xc0\x0c" + struct.pack(">HHIH", 1, _CLASS_IN, 1, 4) + socket.inet_aton(given or "0.0.0.0")
        return header + question + (record if given else b"")

    return answer


FAILURES: Final[dict[str, Way]] = {
    "SERVFAIL": _answer(_SERVFAIL),
    "REFUSED": _answer(_REFUSED),
    "NXDOMAIN": _answer(_NXDOMAIN),
    "no address": _answer(_NO_ERROR),
    "silence": lambda ident, question: None,
    "truncated": _answer(_TRUNCATED),
    "not DNS": lambda ident, question: ident + b"\xff",
    "another question's answer": lambda ident, question: _answer(0, address="127.0.0.1")(b"\0\0", question),
}
SAYING_NONE: Final = (FAILURES["NXDOMAIN"], FAILURES["no address"])
"""Those that are an answer: that the name has no address."""


class NameServer:
    """A DNS server on loopback; ``way`` can be changed at any time."""

    def __init__(self, way: Way) -> None:
        self.way, self.asked = way, 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.endpoint = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def works(self, address: str = "127.0.0.1") -> None:
        """From now on every name has ``address``."""
        self.way = _answer(_NO_ERROR, address=address)

    def _serve(self) -> None:
        while True:
            try:
                query, peer = self._socket.recvfrom(512)
            except OSError:
                return
            self.asked += 1
            question = query[12 : query.index(b"\0", 12) + 5]
            if (answer := self.way(query[:2], question)) is not None:
                with contextlib.suppress(OSError):
                    self._socket.sendto(answer, peer)

    def close(self) -> None:
        self._socket.close()
