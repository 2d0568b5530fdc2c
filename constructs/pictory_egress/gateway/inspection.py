"""The inspector's rules, from settings and the API's data."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from pictory_egress.api import Catalog, Operation
from pictory_egress.api.hosts import ASSET_HOSTS, SOURCE_SETS, UPLOAD_HOST
from pictory_egress.api.operation import JSON
from pictory_egress.api.operations import CONNECTION_FIELDS, DESTINATION_FIELDS
from pictory_egress.gateway.envoy.identity import issuer_key
from pictory_egress.gateway.settings import Client

INSPECTION_VARIABLE: Final = "INSPECTION"
"""Environment variable of each inspector that holds its rules, packed."""
SOCKET_VARIABLE: Final = "INSPECTOR_SOCKET"
"""Environment variable of each inspector that names its socket in the volume."""

READ_ONLY_HOSTS: Final = tuple(host for host in ASSET_HOSTS if host != UPLOAD_HOST)
"""Pictory's hosts that take no data. Whoever has an account there can make a URL that stores what is sent to the
other one: a field that nobody listed may be one that is reported to, so that it may not name that host."""


def inspection_rules(*, clients: Iterable[Client], catalog: Catalog) -> dict[str, Any]:
    """What each operation's body may hold, and where each client may lead Pictory.

    Clients that may lead it nowhere but to Pictory's own hosts are left out: that is what holds for them anyway.
    Operations whose bodies are alike share one description of them.
    """
    operations = [operation for operation in catalog.operations if operation.content_type == JSON]
    bodies: list[dict[str, Any]] = []
    numbers: dict[str, int] = {}
    for operation in operations:
        body = _body(operation)
        if body not in bodies:
            bodies.append(body)
        numbers[operation.id] = bodies.index(body)
    named: dict[str, dict[str, Any]] = defaultdict(dict)
    for client in sorted(clients, key=lambda one: one.name):
        if client.allowed_hosts or client.allowed_connections or client.allowed_sources:
            named[issuer_key(client.issuer)][client.subject or client.name] = {
                "hosts": client.allowed_hosts,
                "sources": sorted({host for name in client.allowed_sources for host in SOURCE_SETS[name]}),
                "connections": client.allowed_connections,
            }
    return {
        "operations": numbers,
        "bodies": bodies,
        "destination_fields": DESTINATION_FIELDS,
        "connection_fields": CONNECTION_FIELDS,
        "source_hosts": ASSET_HOSTS,
        "read_only_hosts": READ_ONLY_HOSTS,
        "clients": named,
    }


def _body(operation: Operation) -> dict[str, Any]:
    return {
        "root": operation.body_root,
        "outbound": operation.outbound_url_fields,
        "spoken": operation.spoken_fields,
    }
