"""The inspector's rules, from settings and the API's data."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from pictory_egress.api import Catalog
from pictory_egress.api.hosts import ASSET_HOSTS
from pictory_egress.api.operations import CONNECTION_FIELDS, DESTINATION_FIELDS
from pictory_egress.gateway.envoy.identity import issuer_key
from pictory_egress.gateway.settings import Client

INSPECTION_VARIABLE: Final = "INSPECTION"
"""Environment variable of each inspector that holds its rules, packed."""
SOCKET_VARIABLE: Final = "INSPECTOR_SOCKET"
"""Environment variable of each inspector that names its socket in the volume."""


def inspection_rules(*, clients: Iterable[Client], catalog: Catalog) -> dict[str, Any]:
    """What each operation's body may hold, and where each client may lead Pictory.

    Clients that may lead it nowhere but to Pictory's own hosts are left out: that is what holds for them anyway.
    Operations whose fields are the same share one list of them.
    """
    operations = [
        operation for operation in catalog.operations if operation.content_type == "application/json"
    ]
    field_sets = sorted({operation.outbound_url_fields for operation in operations})
    named: dict[str, dict[str, Any]] = defaultdict(dict)
    for client in sorted(clients, key=lambda one: one.name):
        if client.allowed_hosts or client.allowed_connections:
            named[issuer_key(client.issuer)][client.subject or client.name] = {
                "hosts": client.allowed_hosts,
                "connections": client.allowed_connections,
            }
    return {
        "operations": {o.id: field_sets.index(o.outbound_url_fields) for o in operations},
        "field_sets": field_sets,
        "destination_fields": DESTINATION_FIELDS,
        "connection_fields": CONNECTION_FIELDS,
        "source_hosts": ASSET_HOSTS,
        "clients": named,
    }
