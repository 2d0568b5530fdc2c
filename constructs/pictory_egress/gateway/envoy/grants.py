"""What each client may call: looked up by client, then by permission, so that its cost does not grow with either."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from pictory_egress.api import Catalog
from pictory_egress.gateway.envoy.identity import JWT_FILTER, issuer_key
from pictory_egress.gateway.envoy.shapes import NAMESPACE, Json, extension
from pictory_egress.gateway.settings import Client, GatewaySettings

GRANTS_FILTER: Final = "grants"

_PERMISSION: Final = f"{NAMESPACE}.permission"
_OPERATION: Final = f"{NAMESPACE}.operation"


def call_state(*, settings: GatewaySettings) -> Json:
    """The filter that puts who calls and what is called where :func:`authorization` can look it up.

    Filter state is Envoy's own: no caller can set any of it. Each issuer's clients have an object of their own, so
    that a name of one is none of another's; what is not known has none.
    """
    claims = {"": "sub"} | {issuer.name: issuer.client_claim for issuer in settings.issuers}
    objects = {
        _client(name): f"DYNAMIC_METADATA({JWT_FILTER}:{issuer_key(name)}:{claim})"
        for name, claim in claims.items()
    }
    objects |= {
        f"{NAMESPACE}.{key}": f"METADATA(ROUTE:{NAMESPACE}:{key})" for key in ("permission", "operation")
    }
    return extension(
        "call_state",
        "envoy.extensions.filters.http.set_filter_state.v3.Config",
        on_request_headers=[
            {
                "object_key": key,
                "factory_key": "envoy.string",
                "skip_if_empty": True,
                "format_string": {
                    "text_format_source": {"inline_string": f"%{command}%"},
                    "omit_empty_values": True,
                },
            }
            for key, command in sorted(objects.items())
        ],
    )


def authorization(*, clients: Iterable[Client], catalog: Catalog) -> Json:
    """The filter that lets a client call what it is granted. Whatever it does not find is refused.

    It looks up the client, under it the permission that the call's operation needs, and where that is not found the
    operation itself.
    """
    return _filter(by_client((client, {"matcher": _grants(client, catalog)}) for client in clients))


def tunnel_authorization(*, clients: Iterable[Client]) -> Json:
    """The filter that lets ``clients`` ask for a tunnel, and do nothing else."""
    tree = by_client((client, _ALLOW) for client in clients)
    return _filter(_tree(_METHOD, {"CONNECT": {"matcher": tree}}) if tree else {})


def _filter(tree: Json) -> Json:
    return extension(GRANTS_FILTER, "envoy.extensions.filters.http.rbac.v3.RBAC", matcher=tree)


def by_client(entries: Iterable[tuple[Client, Json]]) -> Json:
    """A matcher that finds the entry of whom :func:`call_state` has found to call; empty without entries."""
    by_issuer: dict[str, dict[str, Json]] = defaultdict(dict)
    for client, entry in entries:
        by_issuer[client.issuer][client.subject or client.name] = entry
    tree: Json = {}
    for issuer, found in sorted(by_issuer.items(), reverse=True):
        tree = _lookup(_client(issuer), found, otherwise=tree)
    return tree


def _grants(client: Client, catalog: Catalog) -> Json:
    implied = {operation.id for operation in catalog.granted(client.permissions)}
    operations = _lookup(_OPERATION, dict.fromkeys({*client.operations} - implied, _ALLOW))
    return _lookup(_PERMISSION, dict.fromkeys(client.permissions, _ALLOW), otherwise=operations)


def _client(issuer: str) -> str:
    return f"{NAMESPACE}.client.{issuer_key(issuer)}"


_ALLOW: Final[Json] = {
    "action": {
        "name": "granted",
        "typed_config": {"@type": "type.googleapis.com/envoy.config.rbac.v3.Action", "name": "granted"},
    }
}


_METHOD: Final = extension(
    "method", "envoy.type.matcher.v3.HttpRequestHeaderMatchInput", header_name=":method"
)


def _tree(looked_at: Json, entries: Mapping[str, Json]) -> Json:
    return {"matcher_tree": {"input": looked_at, "exact_match_map": {"map": dict(sorted(entries.items()))}}}


def _lookup(key: str, entries: Mapping[str, Json], *, otherwise: Json | None = None) -> Json:
    """A matcher that looks the filter state ``key`` up in ``entries``, and goes on with ``otherwise``."""
    if not entries:
        return otherwise or {}
    state = extension("state", "envoy.extensions.matching.common_inputs.network.v3.FilterStateInput", key=key)
    found = _tree(state, entries)
    return found | ({"on_no_match": {"matcher": otherwise}} if otherwise else {})
