"""The generator of load for machines without wrk: one process, non-blocking TLS sockets, requests made beforehand."""

import json
import select
import socket
import ssl
import sys
import time
from dataclasses import asdict, dataclass, field
from itertools import cycle

from benchmarks.load import Asked, Call


@dataclass
class _Connection:
    socket: ssl.SSLSocket
    asked_at: float = 0.0
    left: int = 0  # of the answer's body; 0 while the head is read
    head: bytes = field(default=b"")
    good: bool = False

    def answered(self) -> bool:
        """Reads what is there; whether the answer is complete."""
        try:
            data = self.socket.recv(65_536)
        except ssl.SSLWantReadError:
            return False
        if not data:
            raise ConnectionError("closed")
        if self.left:
            self.left -= len(data)
            return self.left <= 0
        self.head += data
        head, end, body = self.head.partition(b"\r\n\r\n")
        if not end:
            return False
        lower = head.lower()
        length = int(lower.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        self.good, self.head = lower[9:10] in b"23", b""
        self.left = length - len(body)
        return self.left <= 0


def _connect(port: int) -> _Connection:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", port), timeout=10)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    secure = context.wrap_socket(plain)
    secure.setblocking(False)
    return _Connection(secure)


def _ask(port: int, calls: list[Call], connections: int, seconds: float) -> Asked:
    requests = cycle([call.on_the_wire() for call in calls])
    poll = select.epoll()
    known = {
        connection.socket.fileno(): connection for connection in (_connect(port) for _ in range(connections))
    }
    latencies: list[float] = []
    failed = 0

    def send(connection: _Connection) -> None:
        connection.left, connection.asked_at = 0, time.perf_counter()
        connection.socket.send(next(requests))

    start = time.perf_counter()
    for number, connection in known.items():
        poll.register(number, select.EPOLLIN)
        send(connection)
    while known and time.perf_counter() - start < seconds:
        for number, _ in poll.poll(0.5):
            connection = known[number]
            try:
                if connection.answered():
                    latencies.append(time.perf_counter() - connection.asked_at)
                    failed += not connection.good
                    send(connection)
            except (OSError, LookupError):
                failed += 1
                poll.unregister(number)
                del known[number]
    took = time.perf_counter() - start
    latencies.sort()

    def at(share: float) -> float:
        return latencies[int(len(latencies) * share)] * 1000 if latencies else 0.0

    return Asked(calls=len(latencies), failed=failed, seconds=took, median_ms=at(0.5), p99_ms=at(0.99))


def main() -> None:
    """Reads the order on standard input, writes what came of it."""
    order = json.load(sys.stdin)
    calls = [Call(**call) for call in order["calls"]]
    print(json.dumps(asdict(_ask(order["port"], calls, order["connections"], order["seconds"]))))


if __name__ == "__main__":
    main()
