"""The sandbox's DNS server, asked over the wire."""

import socket
import struct
from collections.abc import Iterator

import pytest

from sandbox.dns import DnsServer, Records

ADDRESS = "127.77.92.2"
A, AAAA, TXT = 1, 28, 16


@pytest.fixture
def server() -> Iterator[DnsServer]:
    records = Records({"api.pictory.ai": ["127.77.0.10", "127.77.0.11", "::1"]})
    with DnsServer(records, address=ADDRESS, port=0) as running:
        yield running


def _query(name: str, kind: int) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", kind, 1)


def _udp(server: DnsServer, query: bytes) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.sendto(query, (ADDRESS, server.port))
        return client.recv(4096)


def _tcp(server: DnsServer, query: bytes) -> bytes:
    with socket.create_connection((ADDRESS, server.port), timeout=5) as client, client.makefile("rb") as file:
        client.sendall(len(query).to_bytes(2, "big") + query)
        return file.read(int.from_bytes(file.read(2), "big"))


def _addresses(answer: bytes, query: bytes) -> list[str]:
    count = struct.unpack_from("!H", answer, 6)[0]
    found, position = [], len(query)
    for _ in range(count):
        kind, _, _, length = struct.unpack_from("!2HIH", answer, position + 2)
        data = answer[position + 12 : position + 12 + length]
        found.append(socket.inet_ntop(socket.AF_INET if kind == A else socket.AF_INET6, data))
        position += 12 + length
    return found


def _code(answer: bytes) -> int:
    return int(struct.unpack_from("!H", answer, 2)[0] & 0xF)


@pytest.mark.parametrize("ask", [_udp, _tcp])
def test_known_name_has_its_addresses_in_order(server: DnsServer, ask: object) -> None:
    assert callable(ask)
    query = _query("API.pictory.ai", A)
    answer = ask(server, query)
    assert _addresses(answer, query) == ["127.77.0.10", "127.77.0.11"]
    query = _query("api.pictory.ai", AAAA)
    assert _addresses(ask(server, query), query) == ["::1"]


def test_name_without_that_type_is_no_error_and_empty(server: DnsServer) -> None:
    answer = _udp(server, _query("api.pictory.ai", TXT))
    assert (_code(answer), struct.unpack_from("!H", answer, 6)[0]) == (0, 0)


@pytest.mark.parametrize("name", ["example.com", "ai", "x.api.pictory.ai"])
def test_other_name_does_not_exist(server: DnsServer, name: str) -> None:
    assert _code(_udp(server, _query(name, A))) == 3


def test_records_changed_at_run_time_are_seen_by_the_next_query(server: DnsServer) -> None:
    server.records.replace({"api.pictory.ai": ["127.77.0.99"]})
    query = _query("api.pictory.ai", A)
    assert _addresses(_udp(server, query), query) == ["127.77.0.99"]


def test_record_that_is_no_address_is_refused(server: DnsServer) -> None:
    with pytest.raises(ValueError, match=r"127\.77"):
        server.records.replace({"api.pictory.ai": ["127.77"]})


def test_long_answer_is_truncated_over_udp_and_whole_over_tcp(server: DnsServer) -> None:
    server.records.replace({"many.example": [f"127.77.1.{index}" for index in range(60)]})
    query = _query("many.example", A)
    truncated = _udp(server, query)
    assert struct.unpack_from("!H", truncated, 2)[0] & 0x0200
    assert len(_addresses(_tcp(server, query), query)) == 60


@pytest.mark.parametrize(
    "query",
    [
        _query("a.example", A)[:-3],
        struct.pack("!6H", 7, 0, 1, 0, 0, 0) + b"\xc0\x0c\x00\x01\x00\x01",
        struct.pack("!6H", 7, 0, 2, 0, 0, 0),
    ],
)
def test_malformed_query_is_a_format_error_and_the_server_goes_on(server: DnsServer, query: bytes) -> None:
    assert _code(_udp(server, query)) == 1
    assert _code(_udp(server, _query("api.pictory.ai", A))) == 0


def test_stopped_server_gives_its_port_back() -> None:
    first = DnsServer(Records({}), address=ADDRESS, port=0)
    first.start()
    first.stop()
    second = DnsServer(Records({}), address=ADDRESS, port=first.port)
    second.stop()
