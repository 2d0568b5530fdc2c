"""Which credentials of the built-in issuer count: those of the registry that nobody has taken back."""

from typing import Final

from pictory_egress.gateway.envoy.identity import BUILT_IN, JWT_FILTER
from pictory_egress.gateway.envoy.shapes import RUN, Json, extension

REGISTERED_FILTER: Final = "registered"
"""Name of the filter, in Envoy's configuration and in the file that the sidecar writes."""
REGISTERED_FILE: Final = f"{RUN}/registered.json"
CREDENTIAL_STATE: Final = "egress.credential"
"""Filter state: issuer, client and id of the caller's credential, joined by slashes."""

_RBAC: Final = "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC"


def registered() -> list[Json]:
    """The filter that names a caller's credential, and the one that finds that name in the sidecar's file.

    Both stand right behind :func:`authentication`. Envoy takes each new file for the calls that come after it.
    """
    claims = "/".join(
        f"%DYNAMIC_METADATA({JWT_FILTER}:{BUILT_IN}:{claim})%" for claim in ("iss", "sub", "jti")
    )
    name = extension(
        "credential_name",
        "envoy.extensions.filters.http.set_filter_state.v3.Config",
        on_request_headers=[
            {
                "object_key": CREDENTIAL_STATE,
                "factory_key": "envoy.string",
                "format_string": {"text_format_source": {"inline_string": claims}},
            }
        ],
    )
    source = {"path_config_source": {"path": REGISTERED_FILE}, "resource_api_version": "V3"}
    return [
        name,
        {"name": REGISTERED_FILTER, "config_discovery": {"config_source": source, "type_urls": [_RBAC]}},
    ]
