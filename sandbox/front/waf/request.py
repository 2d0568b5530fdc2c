"""A request as AWS WAF sees it behind an application load balancer."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from urllib.parse import parse_qsl

INSPECTED_BODY_BYTES: Final = 8_192
INSPECTED_HEADER_BYTES: Final = 8_192
INSPECTED_HEADERS: Final = 200
"""WAF reads this much and no more; a statement's oversize handling decides about the rest."""


@dataclass(frozen=True, kw_only=True)
class WafRequest:
    """``uri_path`` and ``query`` are as they came, not decoded. ``body`` is its first part, at most 8 KB.

    ``body_is_whole`` is false when more follows. ``labels`` are those given so far; rules add to them.
    """

    client_address: str
    method: str
    uri_path: str
    query: str
    http_version: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    body_is_whole: bool = True
    labels: set[str] = field(default_factory=set)
    notes: dict[str, list[bytes]] = field(default_factory=dict)
    """What was worked out for one rule, for the next."""

    @cached_property
    def header_values(self) -> dict[str, list[bytes]]:
        """Values by lower-case name."""
        values: dict[str, list[bytes]] = {}
        for name, value in self.headers:
            values.setdefault(name.lower(), []).append(value.encode("utf-8", "surrogateescape"))
        return values

    def header(self, name: str) -> bytes | None:
        """The value of a header, several joined as HTTP joins them; none when it is missing."""
        values = self.header_values.get(name)
        return b",".join(values) if values else None

    @cached_property
    def inspected_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers that WAF reads: it stops at its limits."""
        kept, size = [], 0
        for name, value in self.headers[:INSPECTED_HEADERS]:
            size += len(name) + len(value)
            if size > INSPECTED_HEADER_BYTES:
                break
            kept.append((name, value))
        return tuple(kept)

    @property
    def headers_are_whole(self) -> bool:
        """Whether WAF reads all of them."""
        return len(self.inspected_headers) == len(self.headers)

    @cached_property
    def query_arguments(self) -> list[tuple[str, str]]:
        """Names and values of the query, decoded."""
        return parse_qsl(self.query, keep_blank_values=True)
