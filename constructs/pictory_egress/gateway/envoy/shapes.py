"""Small pieces that many parts of an Envoy configuration are made of."""

from typing import Any, Final

Json = dict[str, Any]
"""A message of Envoy's API in protobuf's JSON form."""

RUN: Final = "/run/pictory-egress"
"""The task's shared volume."""
CONFIGURATION_FILE: Final = f"{RUN}/envoy.json"
"""Where ``prepare`` puts the configuration, and Envoy finds it."""
TRUSTED_CA: Final = "/etc/ssl/certs/ca-certificates.crt"
"""Certificate authorities that Pictory's and the issuers' certificates are checked with."""
NAMESPACE: Final = "egress"
"""Of the metadata that routes carry: ``operation``, ``permission`` and ``body``."""
UNKNOWN: Final = "unknown"
"""``operation`` of what is none."""

_PREFIX: Final = "type.googleapis.com/"


def typed(message: str, **fields: Any) -> Json:
    """A ``google.protobuf.Any``: ``message`` is a full name without ``type.googleapis.com/``."""
    return {"@type": _PREFIX + message, **fields}


def extension(name: str, message: str, **fields: Any) -> Json:
    """A named extension with its typed configuration."""
    return {"name": name, "typed_config": typed(message, **fields)}


FILTER_OFF: Final = typed("envoy.config.route.v3.FilterConfig", disabled=True)
"""What a route says of a filter that it switches off."""


def all_of(*rules: Json) -> Json:
    """One RBAC permission that holds when each of ``rules`` does."""
    return {"and_rules": {"rules": list(rules)}}


def any_of(kind: str, rules: list[Json]) -> Json:
    """One RBAC rule that holds when any of ``rules`` does; ``kind`` is ``rules`` or ``ids``."""
    return rules[0] if len(rules) == 1 else {f"or_{kind}": {kind: rules}}


def route_metadata(key: str, value: Json) -> Json:
    """An RBAC permission: the matched route's metadata has a ``key`` that the string matcher ``value`` matches."""
    matcher = {"filter": NAMESPACE, "path": [{"key": key}], "value": {"string_match": value}}
    return {"sourced_metadata": {"metadata_matcher": matcher, "metadata_source": "ROUTE"}}
