"""Pictory's credential: read from the volume when it changes, added where requests leave, or no call at all."""

from typing import Literal

from pictory_egress.api.headers import CREDENTIAL_HEADER, USER_ID_HEADER
from pictory_egress.gateway.envoy.shapes import RUN, Json, extension


def credential_filters(*, mode: Literal["api-key", "oauth"]) -> list[Json]:
    """The upstream filters that set the credential raw, over whatever is there; without one they refuse."""
    filters = [_injector(name="token", file="credential.yaml", header=CREDENTIAL_HEADER)]
    if mode == "oauth":
        filters.append(_injector(name="user_id", file="user_id.yaml", header=USER_ID_HEADER))
    return filters


def _injector(*, name: str, file: str, header: str) -> Json:
    return extension(
        f"inject_{name}",
        "envoy.extensions.filters.http.credential_injector.v3.CredentialInjector",
        overwrite=True,
        allow_request_without_credential=False,
        credential=extension(
            "envoy.http.injected_credentials.generic",
            "envoy.extensions.http.injected_credentials.generic.v3.Generic",
            header=header,
            credential={
                "name": name,
                "sds_config": {"path_config_source": {"path": f"{RUN}/{file}"}, "resource_api_version": "V3"},
            },
        ),
    )
