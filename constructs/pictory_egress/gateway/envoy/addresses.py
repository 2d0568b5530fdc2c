"""Addresses that the gateway connects to under no name: all that are not public."""

from collections.abc import Iterable
from typing import Final

from pictory_egress.gateway.envoy.shapes import Json, all_of, any_of, extension

NOT_PUBLIC: Final = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3",
    # All of IPv6 outside of 2000::/3: loopback, embedded IPv4, NAT64, unique local, link-local, multicast.
    "::/3", "4000::/2", "8000::/1",
    # Within 2000::/3: Teredo and other protocol assignments, 6to4.
    "2001::/23", "2002::/16",
)  # fmt: skip
"""Private, shared, link-local, metadata, loopback, tunnelled, benchmark and multicast ranges."""


def address_guard(*, allowed_ranges: Iterable[str]) -> Json:
    """The upstream filter that refuses a connection to an address of :data:`NOT_PUBLIC`.

    It judges the address that was resolved and chosen, for each attempt. ``allowed_ranges`` are exempt.
    """
    refused = any_of("rules", [_upstream_ip(range_) for range_ in NOT_PUBLIC])
    exempt = [_upstream_ip(range_) for range_ in allowed_ranges]
    rule = all_of(refused, {"not_rule": any_of("rules", exempt)}) if exempt else refused
    return extension(
        "envoy.filters.http.upstream_rbac",
        "envoy.extensions.filters.http.rbac.v3.RBAC",
        rules={
            "action": "DENY",
            "policies": {"upstream_address_refused": {"permissions": [rule], "principals": [{"any": True}]}},
        },
    )


def _upstream_ip(range_: str) -> Json:
    address, length = range_.split("/")
    return {
        "matcher": extension(
            "envoy.rbac.matchers.upstream_ip_port",
            "envoy.extensions.rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher",
            upstream_ip={"address_prefix": address, "prefix_len": int(length)},
        )
    }
