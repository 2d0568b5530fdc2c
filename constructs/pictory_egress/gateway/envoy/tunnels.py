"""The second door: CONNECT to Pictory's asset hosts, for programs that hold a grant for it."""

from collections.abc import Iterable
from typing import Final

from pictory_egress.api.hosts import TUNNEL_PERMISSION
from pictory_egress.gateway.envoy.concurrency import client_concurrency
from pictory_egress.gateway.envoy.credential_form import BASE64, credential_form
from pictory_egress.gateway.envoy.grants import GRANTS_FILTER, call_state, tunnel_authorization
from pictory_egress.gateway.envoy.identity import authentication
from pictory_egress.gateway.envoy.limits import client_rates
from pictory_egress.gateway.envoy.listener import connection_manager, door, health
from pictory_egress.gateway.envoy.registered import registered
from pictory_egress.gateway.envoy.replies import local_replies
from pictory_egress.gateway.envoy.request_validation import request_validation
from pictory_egress.gateway.envoy.shapes import FILTER_OFF, Json, extension
from pictory_egress.gateway.envoy.tunnel_ends import GRACE_SECONDS, tunnel_name
from pictory_egress.gateway.envoy.tunnel_logs import refused_log, request_facts
from pictory_egress.gateway.envoy.tunnel_slots import slot_of_credential
from pictory_egress.gateway.settings import Client, ConnectSettings, GatewaySettings

CONNECT_PORT: Final = 8444
"""Where Envoy listens for CONNECT, with TLS."""

_PROXY_HEADER: Final = "proxy-authorization"
_NAMESPACE: Final = "proxy_credential"
_BASIC_HEADER: Final = "x-pictory-egress-basic"
"""What a Basic credential decodes to, on its way from one filter to the next; a caller's own is taken away."""
# RFC 7617 has no control character in it.
_USER: Final = r"[^:\x00-\x1f\x7f]*"


def connect_listener(
    *, settings: GatewaySettings, connect: ConnectSettings, clients: Iterable[Client], environment: str
) -> Json:
    """The listener that judges who asks for a tunnel, and where to."""
    granted = [client for client in clients if TUNNEL_PERMISSION in client.permissions]
    filters = [
        health(),
        request_validation(),
        *_basic_credential(),
        credential_form(
            settings=settings,
            forms={_PROXY_HEADER: f"Bearer TOKEN|Basic {BASE64}", _BASIC_HEADER: f"{_USER}:TOKEN"},
        ),
        authentication(
            settings=settings,
            environment=environment,
            places={
                "bearer": {"name": _PROXY_HEADER, "value_prefix": "Bearer "},
                # Behind the colon stands the password; a JWT has none.
                "basic": {"name": _BASIC_HEADER, "value_prefix": ":"},
            },
        ),
        *registered(),
        call_state(settings=settings),
        tunnel_authorization(clients=granted),
        client_rates(settings=settings, clients=granted, rate_per_minute=connect.tunnels_per_minute),
        client_concurrency(settings=settings, clients=granted, at_once=connect.max_tunnels),
        *slot_of_credential(),
        _facts_for_the_log(settings),
        extension(
            "envoy.filters.http.router",
            "envoy.extensions.filters.http.router.v3.Router",
            suppress_envoy_headers=True,
        ),
    ]
    manager = connection_manager(
        name="connect",
        filters=filters,
        routes=_routes(connect),
        logs=[refused_log(settings=settings)],
        replies=local_replies(tunnels=True),
        # The tunnel's own end counts too, and knows the reason: it is to be first.
        idle_seconds=connect.idle_seconds + GRACE_SECONDS,
        # For every CONNECT, so that one to elsewhere is judged by the same filters before it is refused.
        upgrade_configs=[{"upgrade_type": "CONNECT"}],
        accept_http_10=connect.accept_http_10,
        is_proxy=True,
    )
    return door(name="connect", port=CONNECT_PORT, manager=manager)


def _basic_credential() -> list[Json]:
    """Filters that decode ``Basic``, the form that programs make of a proxy's URL with user and password."""
    return [
        extension(
            "decode_basic",
            "envoy.extensions.filters.http.header_to_metadata.v3.Config",
            request_rules=[
                {
                    "header": _PROXY_HEADER,
                    "on_header_present": {
                        "metadata_namespace": _NAMESPACE,
                        "key": "basic",
                        "type": "STRING",
                        "encode": "BASE64",
                        # Anything else stays as it is, and is no base64: it has a space or a full stop.
                        "regex_value_rewrite": {
                            "pattern": {"regex": "^Basic ([A-Za-z0-9+/]+=*)$"},
                            "substitution": "\\1",
                        },
                    },
                }
            ],
        ),
        extension(
            "basic_credential",
            "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
            mutations={
                "request_mutations": [
                    {"remove": _BASIC_HEADER},
                    {
                        "append": {
                            "header": {
                                "key": _BASIC_HEADER,
                                "value": f"%DYNAMIC_METADATA({_NAMESPACE}:basic)%",
                            },
                            "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
                        }
                    },
                ]
            },
        ),
    ]


def _facts_for_the_log(settings: GatewaySettings) -> Json:
    """Hands on who asked, so that the line at the tunnel's end can say it."""
    return extension(
        "facts",
        "envoy.extensions.filters.http.set_filter_state.v3.Config",
        on_request_headers=[
            {
                "object_key": f"egress.{key}",
                # Hashed, so that each tunnel has connections of its own within Envoy: with "envoy.string" one that
                # opens beside another shares its pool, and is logged as that one's client.
                "factory_key": "envoy.hashable_string",
                "format_string": {"text_format_source": {"inline_string": text}},
                "shared_with_upstream": "TRANSITIVE",
            }
            for key, text in request_facts(settings=settings).items()
        ],
    )


def _routes(connect: ConnectSettings) -> Json:
    tunnels = [
        {
            "name": host,
            # The whole of it: another port is another target.
            "domains": [f"{host}:443"],
            "routes": [_tunnel(host, connect), _only_connect()],
        }
        for host in connect.hosts
    ]
    refused = {"match": {"connect_matcher": {}}, **_refusal(403)}
    return {
        "name": "tunnels",
        "validate_clusters": True,
        "virtual_hosts": [
            *tunnels,
            {"name": "elsewhere", "domains": ["*"], "routes": [refused, _only_connect()]},
        ],
    }


def _tunnel(host: str, connect: ConnectSettings) -> Json:
    longest = f"{connect.max_seconds + GRACE_SECONDS}s"
    return {
        "match": {"connect_matcher": {}},
        "route": {
            "cluster": tunnel_name(host),
            "timeout": "0s",
            "max_stream_duration": {"max_stream_duration": longest},
            "upgrade_configs": [{"upgrade_type": "CONNECT", "connect_config": {}}],
        },
    }


def _only_connect() -> Json:
    return {"match": {"prefix": "/"}, **_refusal(405)}


def _refusal(status: int) -> Json:
    # Answered without regard to grants.
    return {"direct_response": {"status": status}, "typed_per_filter_config": {GRANTS_FILTER: FILTER_OFF}}
