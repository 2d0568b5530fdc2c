"""What is done to a value to weaken it. Each operator knows a kind of value, not a resource of ours."""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.policies.mutation.tables import (
    ENVOY_MESSAGES,
    LIMITS,
    LINKS,
    LISTS_OF_RULES,
    NETWORKS,
    OPTIONAL,
    OPTIONAL_BLOCKS,
    RETENTION,
    TIMEOUTS,
    WORDS,
)  # fmt: skip
from tests.policies.mutation.unfolding import REMOVE, Path, Text, is_reference


@dataclass(frozen=True)
class Place:
    """Where a value stands: in a block of ``type``, at ``path``, ``depth`` texts deep."""

    type: str
    path: Path
    parent: Any
    depth: int
    filters: tuple[str, ...] = ()
    """Names of the HTTP filters that a route of Envoy's goes through."""

    @property
    def key(self) -> str:
        """Its own key, or that of the list that it is in."""
        return next(step for step in reversed(self.path) if isinstance(step, str))

    @property
    def is_item(self) -> bool:
        """Whether it is one of a list."""
        return isinstance(self.path[-1], int)

    @property
    def is_in_statement(self) -> bool:
        """Whether it is a field of a statement of IAM."""
        return isinstance(self.parent, dict) and "Effect" in self.parent


Operator = Callable[[Place, Any], Iterator[Any]]


def flip(place: Place, value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value


def unset(place: Place, value: Any) -> Iterator[Any]:
    """An argument that may be left out: a true one, or one of the table."""
    if place.is_item or not isinstance(value, str | int | float | list):
        return
    if (value is True and place.depth == 0) or place.key in OPTIONAL:
        yield REMOVE


def drop_block(place: Place, value: Any) -> Iterator[Any]:
    """A block that may be left out."""
    if place.is_item or not isinstance(value, dict | list | Text) or not value:
        return
    if place.key in (ENVOY_MESSAGES if place.depth > 1 else OPTIONAL_BLOCKS):
        yield REMOVE


def drop_item(place: Place, value: Any) -> Iterator[Any]:
    """One of a list of rules, filters, containers or the like."""
    if (
        place.is_item
        and isinstance(value, dict)
        and (place.key in LISTS_OF_RULES or len(place.path) == 2 == place.depth + 1)
    ):
        yield REMOVE


def switch_off(place: Place, value: Any) -> Iterator[Any]:
    """One of Envoy's filters, kept and made to do nothing."""
    if place.is_item and place.key == "http_filters" and isinstance(value, dict):
        yield {**value, "disabled": True}


def exempt(place: Place, value: Any) -> Iterator[Any]:
    """A route of Envoy's that leads on, past one of the filters before it."""
    if isinstance(value, dict) and value.get("route") and "match" in value:
        off = {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": True}
        own = value.get("typed_per_filter_config", {})
        for name in place.filters:
            yield {"typed_per_filter_config": {name: off} | own | {name: off}} | {
                key: inner for key, inner in value.items() if key != "typed_per_filter_config"
            }


def unlink(place: Place, value: Any) -> Iterator[Any]:
    """A mention of another resource that may be left out."""
    if place.depth == 0 and is_reference(value) and place.key in LINKS:
        yield REMOVE


def one_zone(place: Place, value: Any) -> Iterator[Any]:
    """Networks cut down to one, or to none."""
    if not place.is_item and place.key in NETWORKS and isinstance(value, list) and value and place.depth == 0:
        if place.key in ("subnets", "subnet_ids") and len(value) > 1:
            yield value[:1]
        yield []


def widen(place: Place, value: Any) -> Iterator[Any]:
    """An address range made all addresses, or half of them."""
    if place.key not in ("cidr_ipv4", "cidr_ipv6", "addresses") or not isinstance(value, str):
        return
    everything = "0.0.0.0/0" if ipaddress.ip_network(value).version == 4 else "::/0"
    if value != everything:
        yield everything
        yield everything.replace("/0", "/1")


def star(place: Place, value: Any) -> Iterator[Any]:
    """What an allowing statement names, made everything."""
    if not place.is_in_statement or place.parent["Effect"] != "Allow":
        return
    if place.key == "Action" and not any(str(action).endswith(":*") for action in value):
        actions = value if isinstance(value, list) else [value]
        yield ["*"]
        yield [f"{actions[0].split(':')[0]}:*"]
    elif place.key == "Principal" and value != "*":
        yield "*"
    elif place.key == "Resource" and value not in ("*", ["*"]):
        yield ["*"]


def unbind(place: Place, value: Any) -> Iterator[Any]:
    """A statement of IAM without its conditions, one of them, or its denial."""
    if place.key == "Condition" and place.is_in_statement:
        yield REMOVE
        if len(value) > 1:
            for operator in value:
                yield {kept: keys for kept, keys in value.items() if kept != operator}
    elif isinstance(value, dict) and value.get("Effect") == "Deny":
        yield REMOVE
        yield {**value, "Effect": "Allow"}


def unpin(place: Place, value: Any) -> Iterator[Any]:
    """A version or a digest made whatever comes."""
    if not isinstance(value, str):
        return
    if "@sha256:" in value:
        yield value.split("@")[0] + ":latest"
    elif place.key == "version" and re.fullmatch(r"\d+(\.\d+)+", value):
        yield f">= {value}"
    elif place.key == "runtime":
        yield "python3.9"


def shorten(place: Place, value: Any) -> Iterator[Any]:
    """What is kept, or rotated, for a shorter or a longer time."""
    if place.key in RETENTION and isinstance(value, int):
        yield RETENTION[place.key]
    elif place.key == "schedule_expression":
        yield "rate(400 days)"


def loosen(place: Place, value: Any) -> Iterator[Any]:
    """A limit that limits nothing, a threshold that nothing reaches, a wait without end."""
    if place.key in LIMITS and isinstance(value, int | float) and not isinstance(value, bool):
        yield value * 100_000 if value else 100_000
    elif place.key in TIMEOUTS and isinstance(value, str) and place.depth > 1:
        yield "0s"


def reword(place: Place, value: Any) -> Iterator[Any]:
    """A word that is strict, replaced by its lax counterpart."""
    if isinstance(value, str | int) and not isinstance(value, bool):
        yield from WORDS.get(place.key, {}).get(value, ())
    if place.key == "regex" and isinstance(value, str) and place.depth > 1:
        yield ".*"


def count_only(place: Place, value: Any) -> Iterator[Any]:
    """A rule of the firewall that only counts, or lets through."""
    if place.key == "action" and isinstance(value, dict) and "block" in value:
        yield {"count": {}}
        yield {"allow": {}}
    elif place.key == "override_action" and isinstance(value, dict) and "none" in value:
        yield {"count": {}}
    elif place.key == "default_action" and isinstance(value, dict) and "block" in value:
        yield {"allow": {}}


def plain_text(place: Place, value: Any) -> Iterator[Any]:
    """A key written into a container's or a function's environment."""
    if place.key == "environment" and place.depth == 1 and isinstance(value, list):
        yield [*value, {"name": "PICTORY_API_KEY", "value": "pictai_" + "0123456789abcdef"}]
    elif place.key == "variables" and isinstance(value, dict):
        yield {**value, "PICTORY_API_KEY": "pictai_" + "0123456789abcdef"}


OPERATORS: dict[str, Operator] = {
    "flip": flip, "unset": unset, "drop-block": drop_block, "drop-item": drop_item, "switch-off": switch_off, "exempt": exempt,
    "unlink": unlink,
    "one-zone": one_zone, "widen": widen, "star": star, "unbind": unbind, "unpin": unpin, "shorten": shorten,
    "loosen": loosen, "reword": reword, "count-only": count_only, "plain-text": plain_text,
}  # fmt: skip
