"""Pictory's token endpoint, answered by the gateway: for programs that ask for a token before they call.

The inspector takes the caller's credential out of the body, a filter before :func:`identity.authentication` puts it
where that one looks, and the route answers with it. So it is verified, looked up and counted as in every other call.
"""

from typing import Final

from pictory_egress.api.hosts import TOKEN_PATH
from pictory_egress.gateway.envoy.grants import GRANTS_FILTER
from pictory_egress.gateway.envoy.inspection import REQUEST_ID, inspector_filter
from pictory_egress.gateway.envoy.refused_routes import BODY_FILTERS
from pictory_egress.gateway.envoy.shapes import FILTER_OFF, NAMESPACE, Json, typed

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
    asks = inspector_filter(
        TOKEN_FILTER,
        path="/token",
        largest_body=_LARGEST_BODY,
        told=REQUEST_ID,
        adds=("authorization", TOKEN_HEADER, EXPIRES_HEADER),
    )
    return {**asks, "disabled": True}


def token_route() -> Json:
    """The route that answers with the caller's credential; :mod:`replies` has the answer's form."""
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
        "typed_per_filter_config": {
            TOKEN_FILTER: on,
            **dict.fromkeys((GRANTS_FILTER, *BODY_FILTERS), FILTER_OFF),
        },
    }
