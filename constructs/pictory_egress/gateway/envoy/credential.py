"""Pictory's credential: read from the volume when it changes, added where requests leave, or no call at all."""

from typing import Final, Literal

from pictory_egress.api.headers import CREDENTIAL_HEADER, USER_ID_HEADER
from pictory_egress.gateway.envoy.shapes import RUN, Json, extension

CREDENTIAL_FILE: Final = f"{RUN}/credential.yaml"
"""Envoy's file of secrets; the sidecar replaces it as a whole."""
TOKEN_SECRET: Final = "token"  # noqa: S105 - a name
USER_ID_SECRET: Final = "user_id"  # noqa: S105 - a name


def credential_filters(*, mode: Literal["api-key", "oauth"]) -> list[Json]:
    """The upstream filters that set the credential raw, over whatever is there; without one they refuse."""
    filters = [_injector(secret=TOKEN_SECRET, header=CREDENTIAL_HEADER)]
    if mode == "oauth":
        filters.append(_injector(secret=USER_ID_SECRET, header=USER_ID_HEADER))
    return filters


def _injector(*, secret: str, header: str) -> Json:
    return extension(
        f"inject_{secret}",
        "envoy.extensions.filters.http.credential_injector.v3.CredentialInjector",
        overwrite=True,
        allow_request_without_credential=False,
        credential=extension(
            "envoy.http.injected_credentials.generic",
            "envoy.extensions.http.injected_credentials.generic.v3.Generic",
            header=header,
            credential={
                "name": secret,
                "sds_config": {"path_config_source": {"path": CREDENTIAL_FILE}, "resource_api_version": "V3"},
            },
        ),
    )
