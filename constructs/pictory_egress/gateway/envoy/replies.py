"""What Envoy says by itself, turned into the gateway's refusals: JSON, a stable code, a request id."""

from typing import Final

from pictory_egress.gateway.envoy.shapes import Json, extension
from pictory_egress.gateway.refusals import BY_CODE, REASON_HEADER

# Envoy's response code details, by the start of their text. The first that fits wins.
_DETAILS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("identity_unavailable", ("jwt_authn_access_denied{Jwks_remote_fetch_is_failed", "jwt_authn_access_denied{Jwks_doesn't_have")),
    ("credential_missing", ("jwt_authn_access_denied{Jwt_is_missing",)),
    ("credential_invalid", ("jwt_authn_access_denied",)),
    ("operation_not_granted", ("rbac_access_denied_matched_policy[none]",)),
    ("body_unexpected", ("rbac_access_denied_matched_policy[body_unexpected]",)),
    ("content_type_unsupported", ("rbac_access_denied_matched_policy[content_type_unsupported]",)),
    ("upstream_address_refused", ("rbac_access_denied_matched_policy[upstream_address_refused]",)),
    ("operation_unknown", ("direct_response",)),
    ("rate_limited", ("local_rate_limited",)),
    ("body_too_large", ("request_payload_too_large",)),
    ("no_credential", ("failed_to_inject_credential",)),
    ("upstream_overloaded", ("upstream_reset_before_response_started{overflow",)),
    ("upstream_unavailable", ("no_healthy_upstream", "cluster_not_found", "upstream_reset_before_response_started{remote_connection_failure", "upstream_reset_before_response_started{local_connection_failure", "upstream_reset_before_response_started{connection_timeout")),
    ("upstream_timeout", ("response_timeout", "upstream_response_timeout", "upstream_per_try_timeout", "upstream_max_stream_duration")),
    ("upstream_failed", ("upstream_", "http1.", "http2.")),
    ("gateway_overloaded", ("overload",)),
    ("request_too_slow", ("request_overall_timeout", "request_header_timeout", "stream_idle_timeout", "downstream_")),
    ("http_version_unsupported", ("low_version", "http1.low_version")),
)  # fmt: skip

def local_replies() -> Json:
    """How the connection manager words the answers that Envoy gives by itself."""
    return {
        "mappers": [
            *(_mapper(code, " || ".join(_starts(prefix) for prefix in prefixes)) for code, prefixes in _DETAILS),
            _mapper("headers_too_large", "response.code == 431"),
            _mapper("request_invalid", "response.code >= 400 && response.code < 500"),
            _mapper("gateway_error", "response.code >= 500"),
        ],
        "body_format": {
            "json_format": {
                "code": f"%RESP({REASON_HEADER})%",
                "message": "%LOCAL_REPLY_BODY%",
                "request_id": "%STREAM_ID%",
            }
        },
    }


def _starts(prefix: str) -> str:
    quoted = prefix.replace("'", "\\'")
    return f"response.code_details.startsWith('{quoted}')"


def _mapper(code: str, condition: str) -> Json:
    refusal = BY_CODE[code]
    headers = {REASON_HEADER: code}
    if refusal.status in (429, 503):
        headers["retry-after"] = "10"
    return {
        "filter": {
            "extension_filter": extension(
                "",
                "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter",
                expression=condition,
            )
        },
        "status_code": refusal.status,
        "body": {"inline_string": refusal.message},
        "headers_to_add": [{"header": {"key": key, "value": value}} for key, value in headers.items()],
    }
