"""What Envoy says by itself, turned into the gateway's refusals: JSON, a stable code, a request id."""

import re
from collections.abc import Mapping
from typing import Final

from pictory_egress.api.headers import REQUEST_ID_HEADER
from pictory_egress.gateway.envoy.inspection import INSPECTED
from pictory_egress.gateway.envoy.logs import REQUEST_ID, holds, status_is
from pictory_egress.gateway.envoy.refused_routes import NAMED_ROUTES
from pictory_egress.gateway.envoy.shapes import NAMESPACE, Json
from pictory_egress.gateway.envoy.token_endpoint import (
    EXPIRES_HEADER,
    TOKEN_HEADER,
    TOKEN_REFUSALS,
    TOKEN_ROUTE,
)
from pictory_egress.gateway.refusals import BY_CODE, OK, REASON_HEADER

# How Envoy marks what it answers by itself. The first that fits wins, so what is certain stands first.
# By the start of its response code details, as the filters write them:
_BY_DETAILS: Final[tuple[tuple[str, str], ...]] = (
    ("identity_unavailable", "jwt_authn_access_denied{Jwks_remote_fetch"),
    ("credential_missing", "jwt_authn_access_denied{Jwt_is_missing"),
    ("credential_invalid", "jwt_authn_access_denied"),
    ("credential_malformed", "rbac_access_denied_matched_policy[credential_malformed]"),
    ("credential_revoked", "rbac_access_denied_matched_policy[credential_revoked]"),
    ("credential_unregistered", "rbac_access_denied_matched_policy[credential_unregistered]"),
    ("identity_unavailable", "rbac_access_denied_matched_policy[registry_unread]"),
    ("operation_not_granted", "rbac_access_denied_matched_policy[none]"),
    ("concurrency_limited", "reached_concurrency_limit"),
    ("request_invalid", "rbac_access_denied_matched_policy[request_invalid]"),
    ("body_unexpected", "rbac_access_denied_matched_policy[body_unexpected]"),
    ("content_encoding_unsupported", "rbac_access_denied_matched_policy[content_encoding_unsupported]"),
    ("content_type_unsupported", "rbac_access_denied_matched_policy[content_type_unsupported]"),
    ("upstream_address_refused", "rbac_access_denied_matched_policy[upstream_address_refused]"),
    ("body_too_large", "request_payload_too_large"),
    ("no_credential", "failed_to_inject_credential"),
    ("not_ready", "health_check_failed_cluster_unhealthy"),
    ("draining", "health_check_failed"),
    ("inspection_unavailable", "ext_authz_"),
    ("http_version_unsupported", "low_version"),
    ("headers_too_large", "http1.too_many_headers"),
    # Envoy sets no flag here, whatever its documentation of OM says.
    ("gateway_overloaded", "overload"),
)
# By response flag:
_BY_FLAGS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("gateway_overloaded", ("OM",)),
    ("upstream_overloaded", ("UO",)),
    ("upstream_timeout", ("UT", "DT", "UMSDR")),
    ("upstream_unavailable", ("UH", "UF", "NC")),
    ("upstream_failed", ("UC", "UR", "UPE", "URX", "LR")),
)
# By status, as Envoy chose it:
_BY_STATUS: Final[tuple[tuple[str, int, str], ...]] = (
    ("rate_limited", 429, "EQ"),
    ("request_too_slow", 408, "EQ"),
    ("headers_too_large", 431, "EQ"),
    # Envoy's word for a transfer coding that it does not know.
    ("request_invalid", 501, "EQ"),
    ("gateway_error", 500, "GE"),
    ("request_invalid", 400, "GE"),
)

# What is no HTTP, or too much, is answered before Envoy has given it an id: it gets one with its answer.
_BEFORE_THE_ID: Final = {
    "gateway_overloaded",
    "request_invalid",
    "request_too_slow",
    "headers_too_large",
    "http_version_unsupported",
}
_OWN_ID: Final = '%COALESCE({"operators":["STREAM_ID","UNIQUE_ID"]})%'


# At the listener for CONNECT, which judges fewer things; its two refusals by route differ in status.
_TUNNEL_DETAILS: Final[tuple[tuple[str, str], ...]] = (
    ("identity_unavailable", "jwt_authn_access_denied{Jwks_remote_fetch"),
    ("tunnel_credential_missing", "jwt_authn_access_denied{Jwt_is_missing"),
    ("tunnel_credential_invalid", "jwt_authn_access_denied"),
    ("tunnel_credential_malformed", "rbac_access_denied_matched_policy[credential_malformed]"),
    ("tunnel_credential_revoked", "rbac_access_denied_matched_policy[credential_revoked]"),
    ("tunnel_credential_invalid", "rbac_access_denied_matched_policy[credential_unregistered]"),
    ("identity_unavailable", "rbac_access_denied_matched_policy[registry_unread]"),
    ("tunnel_not_granted", "rbac_access_denied_matched_policy[none]"),
    ("concurrency_limited", "reached_concurrency_limit"),
    ("draining", "health_check_failed"),
    ("http_version_unsupported", "low_version"),
    ("request_invalid", "rbac_access_denied_matched_policy[request_invalid]"),
    ("headers_too_large", "http1.too_many_headers"),
    ("gateway_overloaded", "overload"),
)
_TUNNEL_STATUS: Final[tuple[tuple[str, int, str], ...]] = (
    ("tunnel_target_refused", 403, "EQ"),
    ("tunnel_only", 405, "EQ"),
)


# HTTP asks for this header beside status 405.
_ALLOW: Final = {"method_not_allowed": "{methods}", "tunnel_only": "CONNECT"}


def local_replies(*, tunnels: bool = False, token_endpoint: bool = False) -> Json:
    """How a connection manager words the answers that Envoy gives by itself."""
    by_details = _TUNNEL_DETAILS if tunnels else _BY_DETAILS
    by_status = (*_TUNNEL_STATUS, *_BY_STATUS) if tunnels else _BY_STATUS
    return {
        "mappers": [
            *([_token_mapper()] if token_endpoint else []),
            *map(_inspection_mapper, () if tunnels else (*INSPECTED, *TOKEN_REFUSALS)),
            *(_mapper(code, _details_start_with(start)) for code, start in by_details),
            *(_mapper(code, _refused_by_route(code)) for code in (() if tunnels else NAMED_ROUTES)),
            *(_mapper(code, {"response_flag_filter": {"flags": list(flags)}}) for code, flags in _BY_FLAGS),
            *(_mapper(code, status_is(op, status)) for code, status, op in by_status),
        ],
        "body_format": _body("%LOCAL_REPLY_BODY%"),
    }


def _body(message: str) -> Json:
    return {
        "json_format": {
            "code": f"%RESP({REASON_HEADER})%", "message": message, "request_id": REQUEST_ID,
        }
    }  # fmt: skip


def _filled_in(text: str) -> str:
    """``text`` with commands of Envoy's, which give the route's metadata, in place of words in braces."""
    return re.sub(r"\{(\w+)\}", rf"%METADATA(ROUTE:{NAMESPACE}:\1)%", text)


def _details_start_with(start: str) -> Json:
    return holds(f"response.code_details.startsWith('{start}')")


def _refused_by_route(code: str) -> Json:
    return holds(f"response.code_details == 'direct_response' && xds.route_name == '{code}'")


def _set(headers: Mapping[str, str]) -> list[Json]:
    return [
        {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
        for key, value in headers.items()
    ]


def _token_mapper() -> Json:
    """The one answer that is no refusal: the caller's own credential, in the form of Pictory's token endpoint."""
    headers = {REASON_HEADER: OK, "cache-control": "no-store"}
    return {
        "filter": holds(f"response.code_details == 'direct_response' && xds.route_name == '{TOKEN_ROUTE}'"),
        "body_format_override": {
            "json_format": {
                "access_token": f"%REQ({TOKEN_HEADER})%",
                "expires_in": f"%TYPED_CEL(int(request.headers['{EXPIRES_HEADER}']))%",
                "token_type": "Bearer",
            }
        },
        "headers_to_add": _set(headers),
    }


def _inspection_mapper(code: str) -> Json:
    """The inspector gives the code in a header, and in its body where in the caller's body it found the reason."""
    refusal = BY_CODE[code]
    said = f"response.headers['{REASON_HEADER}'] == '{code}'"
    return {
        "filter": holds(f"response.code_details.startsWith('ext_authz_denied') && {said}"),
        "status_code": refusal.status,
        "headers_to_add": _set({REASON_HEADER: code}),
        "body_format_override": _body(f"{refusal.message} %LOCAL_REPLY_BODY%"),
    }


def _mapper(code: str, filter_: Json) -> Json:
    refusal = BY_CODE[code]
    headers = {REASON_HEADER: code}
    if code in _BEFORE_THE_ID:
        headers[REQUEST_ID_HEADER] = _OWN_ID
    if refusal.status == 401:
        headers["www-authenticate"] = "Bearer"
    if refusal.status == 407:
        headers["proxy-authenticate"] = 'Basic realm="pictory-egress"'
    if refusal.retry_after_seconds:
        headers["retry-after"] = str(refusal.retry_after_seconds)
    if code in _ALLOW:
        headers["allow"] = _filled_in(_ALLOW[code])
    return {
        "filter": filter_,
        "status_code": refusal.status,
        "body_format_override": _body(_filled_in(refusal.message)),
        "headers_to_add": _set(headers),
    }
