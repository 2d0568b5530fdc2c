"""Every answer that the gateway gives in place of Pictory's: one table, for Envoy, documentation and tests."""

import json
from dataclasses import dataclass
from typing import Final

REASON_HEADER: Final = "x-pictory-egress-reason"
"""Response header: a refusal's code, or ``ok`` for an answer of Pictory's."""

EDGE_REFUSED: Final = "upstream_edge_refused"
CALLER_GONE: Final = "caller_gone"

OK: Final = "ok"
"""Reason of an answer of Pictory's, and of a tunnel that one of its two sides ended."""

LOGGED_ONLY: Final[dict[str, str]] = {
    OK: "Pictory answered, whatever its status; or a tunnel ended: by one of its two sides, or with its credential.",
    CALLER_GONE: "The caller went away before there was an answer.",
    EDGE_REFUSED: "The network before Pictory answered 403; the caller got that answer as it came.",
}
"""Reasons in the log that are no refusal of the gateway's."""


@dataclass(frozen=True)
class Refusal:
    """A stable code, the HTTP status it comes with, and a sentence that tells the caller what to change.

    Words in braces in ``message`` are keys of the matched route's metadata, such as ``{operation}``: the answer has
    their values in their place. Codes that begin with ``upstream_`` are of calls that the gateway allowed and that
    failed on the way to Pictory.
    """

    code: str
    status: int
    message: str

    @property
    def retry_after_seconds(self) -> int:
        """Sent as ``Retry-After``; 0 where trying again does not help, or may repeat a write."""
        return 10 if self.status in (429, 503) else 0

    @property
    def fixed_body(self) -> str:
        """The JSON body of an answer that is fixed text: it has no id of a call."""
        return json.dumps({"code": self.code, "message": self.message, "request_id": None})


REFUSALS: Final[tuple[Refusal, ...]] = (
    # Who is calling
    Refusal("credential_missing", 401, "Send your gateway credential in the Authorization header."),
    Refusal(
        "credential_invalid",
        401,
        "The gateway credential is not valid: it has expired, or was issued for another environment.",
    ),
    Refusal(
        "credential_malformed",
        401,
        "This is not a gateway credential. Send the credential alone in Authorization, or after Bearer with a capital "
        "B and one space. A Pictory API key is not accepted.",
    ),
    Refusal("credential_revoked", 401, "The gateway credential was revoked. Ask for a new one."),
    Refusal("credential_unregistered", 401, "The gateway credential is not registered. Ask for a new one."),
    Refusal(
        "identity_unavailable",
        503,
        "The gateway cannot read the keys and the list that it checks credentials with. Try again later.",
    ),
    Refusal(
        "token_endpoint_off",
        403,
        "The token endpoint is off here. Send your gateway credential in the Authorization header of each call, or "
        "ask the operator for token_endpoint = true.",
    ),
    Refusal(
        "token_request_invalid",
        400,
        "Ask for a token with a JSON object that has client_id and client_secret. A form is not accepted.",
    ),
    Refusal(
        "token_client_invalid",
        401,
        "Send the client's name as client_id, and its gateway credential as client_secret.",
    ),
    # What is called
    Refusal(
        "operation_unknown",
        403,
        "No operation has this method and path. Check both: letter case and a trailing slash count.",
    ),
    Refusal("method_not_allowed", 405, "This path takes only these methods: {methods}."),
    Refusal("path_parameter_invalid", 400, "The path of {operation} takes {parameters}."),
    Refusal("query_invalid", 400, "{operation} takes {query}."),
    Refusal(
        "operation_not_granted",
        403,
        "This client is not granted {operation}. Ask for the permission {permission}.",
    ),
    Refusal("rate_limited", 429, "Too many requests. Wait before the next call, and call less often."),
    Refusal("concurrency_limited", 429, "Too many concurrent requests. Wait for one to end before the next."),
    # With what
    Refusal("body_too_large", 413, "The request body is too large for this operation. Send a smaller one."),
    Refusal("body_unexpected", 400, "This operation takes no request body. Send none."),
    Refusal("content_encoding_unsupported", 415, "Send the body uncompressed, and omit Content-Encoding."),
    Refusal(
        "content_type_unsupported",
        415,
        "This operation takes another type of body. Send Content-Type: {body}.",
    ),
    Refusal("body_not_json", 400, "The body is not JSON in plain UTF-8, as this operation takes it."),
    Refusal("body_duplicate_key", 400, "The body is ambiguous. Send each key of an object once."),
    Refusal(
        "body_too_complex", 400, "The body is nested too deeply, or has too many values. Send a simpler one."
    ),
    Refusal(
        "body_url_invalid",
        400,
        "The body has a URL, or what could be taken for one, that the gateway does not accept. Send https:// and a "
        "host name, without user or port.",
    ),
    Refusal(
        "body_host_not_allowed",
        403,
        "The body names a host that this client may not name. Leave it out, or ask for it in allowed_hosts, or for "
        "allowed_sources if an answer of Pictory's named it.",
    ),
    Refusal(
        "body_connection_not_allowed",
        403,
        "The body has a connection that this client may not use. Ask for it in allowed_connections.",
    ),
    Refusal("inspection_unavailable", 503, "The gateway could not inspect the body. Try again later."),
    Refusal("request_too_slow", 408, "The request did not arrive in time. Send it without pauses."),
    Refusal(
        "headers_too_large",
        431,
        "The request has too many headers, or they are too large. Send fewer, or shorter ones.",
    ),
    Refusal(
        "request_invalid",
        400,
        "The request is malformed. Check its path (no escaped slash), its header names (no underscore), Host and "
        "Content-Length.",
    ),
    Refusal(
        "http_version_unsupported",
        426,
        "Use HTTP/1.1. Python before version 3.12 asks for tunnels by HTTP/1.0, requests and urllib3 too: use a newer "
        "one, or ask the operator for accept_http_10 = true.",
    ),
    # The gateway itself
    Refusal("no_credential", 503, "The gateway has no Pictory credential at present. Try again later."),
    Refusal(
        "not_ready",
        503,
        "This task cannot take calls: Pictory's key, the list of callers or every inspector is missing. Only health "
        "checks get this answer.",
    ),
    Refusal("draining", 503, "This task is shutting down. Only health checks get this answer."),
    Refusal("gateway_overloaded", 503, "The gateway is overloaded. Try again later."),
    Refusal(
        "gateway_error",
        500,
        "The gateway failed. Give the request_id of this answer to the gateway's operators.",
    ),
    # The way to Pictory
    Refusal(
        "upstream_address_refused",
        502,
        "Pictory's host name resolves to an address that is not public. Ask the gateway's operators to check DNS.",
    ),
    Refusal("upstream_unavailable", 503, "Pictory cannot be reached at present. Try again later."),
    Refusal("upstream_overloaded", 503, "Too many concurrent requests to Pictory. Try again later."),
    Refusal(
        "upstream_failed",
        502,
        "The connection to Pictory failed. Pictory may have carried out the call: check before you repeat it.",
    ),
    Refusal(
        "upstream_timeout",
        504,
        "Pictory did not answer in time. It may still carry out the call: check before you repeat it.",
    ),
)

TUNNEL_REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "tunnel_credential_missing",
        407,
        "Send your gateway credential in Proxy-Authorization: after Bearer, or as the password of Basic.",
    ),
    Refusal(
        "tunnel_credential_invalid",
        407,
        "The gateway credential is not valid: it has expired, is not registered, or was issued for another "
        "environment.",
    ),
    Refusal(
        "tunnel_credential_malformed",
        407,
        "The Proxy-Authorization header is not a gateway credential. Send the credential after Bearer and one space, "
        "or as the password of Basic.",
    ),
    Refusal("tunnel_credential_revoked", 407, "The gateway credential was revoked. Ask for a new one."),
    Refusal("tunnel_not_granted", 403, "This client is not granted assets.connect. Ask for that permission."),
    Refusal(
        "tunnel_target_refused",
        403,
        "Tunnels lead only to Pictory's asset hosts. Send CONNECT with one of their names and port 443.",
    ),
    Refusal("tunnel_only", 405, "This port serves tunnels only. Send CONNECT."),
)
"""Answers of the listener for CONNECT, beside those of :data:`REFUSALS` that are about any request."""

TUNNEL_ENDS: Final[dict[str, str]] = {
    "tunnel_sni_refused": "What the client sent was no TLS, or TLS for another name than it asked CONNECT for.",
    "upstream_address_refused": "The host's name resolves to an address that is not public.",
    "upstream_unavailable": "The host cannot be reached.",
    "tunnel_too_long": "It was open for max_seconds.",
    "tunnel_too_large": "Its client sent more than max_upload_mib, or went on after more than max_download_mib.",
}
"""Reasons in the log of tunnels that were opened and then ended by the gateway: the client saw 200, then a close."""

BY_CODE: Final[dict[str, Refusal]] = {refusal.code: refusal for refusal in (*REFUSALS, *TUNNEL_REFUSALS)}
