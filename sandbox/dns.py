"""A small authoritative DNS server over UDP and TCP: the names it was given, NXDOMAIN for every other."""

import contextlib
import ipaddress
import socketserver
import struct
import threading
from collections.abc import Mapping, Sequence
from typing import Final

_A, _AAAA, _ANY, _IN = 1, 28, 255, 1
_NO_ERROR, _FORMAT_ERROR, _NAME_ERROR, _NOT_IMPLEMENTED = 0, 1, 3, 4
_HEADER: Final = struct.Struct("!6H")
_QUESTION: Final = struct.Struct("!2H")
_RECORD: Final = struct.Struct("!3HIH")
_NAME_IN_QUESTION: Final = 0xC00C  # a pointer to the question's name, right after the header
_LONGEST_UDP: Final = 512
_TTL_SECONDS: Final = 1  # short, so that a change at run time is seen at once


class Records:
    """Addresses by name, changeable while a server answers from them."""

    def __init__(self, addresses: Mapping[str, Sequence[str]]) -> None:
        self.replace(addresses)

    def replace(self, addresses: Mapping[str, Sequence[str]]) -> None:
        """Answer from ``addresses`` (name to IPv4 or IPv6 addresses, in order) from now on.

        Raises
        ------
        ValueError
            One of them is no address.
        """
        # One assignment: a query sees the old names or the new ones, never a mixture.
        self._addresses = {
            name.rstrip(".").lower(): tuple(ipaddress.ip_address(address) for address in values)
            for name, values in addresses.items()
        }

    def answer(self, query: bytes, *, longest: int) -> bytes | None:
        """The answer to ``query``, both as wire-format messages; none for what is no query."""
        if len(query) < _HEADER.size:
            return None
        id_, flags, questions, *_ = _HEADER.unpack_from(query)
        if flags & 0x8000:
            return None
        recursion_desired = flags & 0x0100
        if flags & 0x7800:
            return _HEADER.pack(id_, 0x8000 | _NOT_IMPLEMENTED, 0, 0, 0, 0)
        parsed = _question(query) if questions == 1 else None
        if parsed is None:
            return _HEADER.pack(id_, 0x8000 | _FORMAT_ERROR, 0, 0, 0, 0)
        name, kind, class_, end = parsed
        question = query[_HEADER.size : end]
        known = self._addresses.get(name)
        wanted = {_A: (4,), _AAAA: (6,), _ANY: (4, 6)}.get(kind, ()) if class_ == _IN else ()
        packed = [address.packed for address in known or () if address.version in wanted]
        records = b"".join(
            _RECORD.pack(_NAME_IN_QUESTION, _A if len(data) == 4 else _AAAA, _IN, _TTL_SECONDS, len(data))
            + data
            for data in packed
        )
        code = _NO_ERROR if known is not None else _NAME_ERROR
        head = 0x8400 | recursion_desired | code
        whole = _HEADER.pack(id_, head, 1, len(packed), 0, 0) + question + records
        if len(whole) <= longest:
            return whole
        # Truncated: the resolver asks again over TCP.
        return _HEADER.pack(id_, head | 0x0200, 1, 0, 0, 0) + question


class DnsServer:
    """Answers on ``address``, UDP and TCP on one port, in threads of its own.

    Parameters
    ----------
    records
        What to answer; may be changed at any time.
    port
        0 takes a free one.
    """

    def __init__(self, records: Records, *, address: str, port: int) -> None:
        self.records = records
        self._tcp = _TcpServer((address, port), _TcpHandler)
        self.address: str = address
        self.port: int = self._tcp.server_address[1]
        try:
            self._udp = _UdpServer((address, self.port), _UdpHandler)
        except OSError:
            self._tcp.server_close()
            raise
        self._tcp.records = self._udp.records = records
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True, name="dns")
            for server in (self._udp, self._tcp)
        ]

    def start(self) -> None:
        """Begin to answer."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop answering and give the port back."""
        for server, thread in zip((self._udp, self._tcp), self._threads, strict=True):
            # shutdown() waits for a loop that was never begun.
            if thread.ident is not None:
                server.shutdown()
                thread.join()
            server.server_close()

    def __enter__(self) -> "DnsServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _UdpServer(socketserver.UDPServer):
    records: Records


class _TcpServer(socketserver.ThreadingTCPServer):
    records: Records
    daemon_threads = True
    allow_reuse_address = True


class _UdpHandler(socketserver.BaseRequestHandler):
    server: _UdpServer

    def handle(self) -> None:
        query, socket = self.request
        answer = self.server.records.answer(query, longest=_LONGEST_UDP)
        if answer is not None:
            with contextlib.suppress(OSError):
                socket.sendto(answer, self.client_address)


class _TcpHandler(socketserver.StreamRequestHandler):
    server: _TcpServer
    timeout = 5

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            while len(prefix := self.rfile.read(2)) == 2:
                query = self.rfile.read(int.from_bytes(prefix, "big"))
                answer = self.server.records.answer(query, longest=65_535)
                if answer is None:
                    return
                self.wfile.write(len(answer).to_bytes(2, "big") + answer)


def _question(message: bytes) -> tuple[str, int, int, int] | None:
    """Name, type, class of the first question, and where it ends; none when it is malformed."""
    labels, position = [], _HEADER.size
    while True:
        if position >= len(message):
            return None
        length = message[position]
        position += 1
        if length == 0:
            break
        # A pointer has nothing to point back to in a first question.
        if length > 63 or position + length > len(message):
            return None
        labels.append(message[position : position + length])
        position += length
    if position + _QUESTION.size > len(message):
        return None
    kind, class_ = _QUESTION.unpack_from(message, position)
    return b".".join(labels).decode("ascii", "replace").lower(), kind, class_, position + _QUESTION.size
