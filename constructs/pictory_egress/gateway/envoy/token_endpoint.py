"""Pictory's token endpoint, answered by the gateway: for programs that ask for a token before they call.

The inspector takes the caller's credential out of the body, a filter before :func:`identity.authentication` puts it
where that one looks, and the route answers with it. So it is verified, looked up and counted as in every other call.
"""

from typing import Final

from pictory_egress.api.hosts import TOKEN_PATH
from pictory_egress.gateway.envoy.grants import GRANTS_FILTER
from pictory_egress.gateway.envoy.inspection import INSPECTOR_CLUSTER
from pictory_egress.gateway.envoy.refused_routes import BODY_FILTERS
from pictory_egress.gateway.envoy.shapes import NAMESPACE, Json, extension, typed
from pictory_egress.gateway.refusals import REASON_HEADER

TOKEN_FILTER: Final = "token_request"  # noqa: S105 - a name, not a secret
TOKEN_ROUTE: Final = "token_issued"  # noqa: S105 - likewise
TOKEN_OPERATION: Final = "oauth2.token"  # noqa: S105 - likewise
"""``operation`` in the log of a call that was answered with its credential."""

TOKEN_HEADER: Final = "x-pictory-egress-token"  # noqa: S105 - likewise
EXPIRES_HEADER: Final = "x-pictory-egress-expires-in"
"""Request headers that the inspector adds: jwt_authn takes the other one away. Nothing of this call goes upstream."""

TOKEN_REFUSALS: Final = ("token_request_invalid", "token_client_invalid")
"""Codes that the inspector may give here."""

_LARGEST_BODY: Final = 16_384


def token_request() -> Json:
    """The filter that takes the credential out of the body, on :func:`token_route` alone."""
    ext_authz = extension(
        TOKEN_FILTER,
        "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
        failure_mode_allow=False,
        status_on_error={"code": "ServiceUnavailable"},
        with_request_body={
            "max_request_bytes": _LARGEST_BODY, "allow_partial_message": False, "pack_as_bytes": True,
        },
        disallowed_headers={"patterns": [{"exact": "authorization"}, {"exact": "host"}]},
        http_service={
            "server_uri": {"uri": "http://inspector", "cluster": INSPECTOR_CLUSTER, "timeout": "2s"},
            "path_override": "/token",
            "authorization_request": {
                "headers_to_add": [{"key": "x-inspect-request-id", "value": "%STREAM_ID%"}]
            },
            "authorization_response": {
                "allowed_upstream_headers": {
                    "patterns": [{"exact": name} for name in ("authorization", TOKEN_HEADER, EXPIRES_HEADER)]
                },
                "allowed_client_headers": {"patterns": [{"exact": REASON_HEADER}]},
            },
        },
    )  # fmt: skip
    return {**ext_authz, "disabled": True}


def token_route() -> Json:
    """The route that answers with the caller's credential; :mod:`replies` has the answer's form."""
    off = typed("envoy.config.route.v3.FilterConfig", disabled=True)
    on = typed(
        "envoy.config.route.v3.FilterConfig",
        config=typed("envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute", check_settings={}),
    )
    return {
        "name": TOKEN_ROUTE,
        "match": {
            "path": TOKEN_PATH,
            "headers": [
                {"name": ":method", "string_match": {"exact": "POST"}},
                {"name": ":path", "string_match": {"exact": TOKEN_PATH}},
            ],
        },
        "direct_response": {"status": 200},
        "metadata": {"filter_metadata": {NAMESPACE: {"operation": TOKEN_OPERATION}}},
        "typed_per_filter_config": {TOKEN_FILTER: on, **dict.fromkeys((GRANTS_FILTER, *BODY_FILTERS), off)},
    }
