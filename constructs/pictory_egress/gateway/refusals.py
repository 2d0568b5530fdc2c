"""Every answer that the gateway gives in place of Pictory's: one table, for Envoy, documentation and tests."""

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
    """A stable code, the HTTP status it comes with, and a sentence for the person who called.

    Codes that begin with ``upstream_`` are of calls that were let through and failed on the way to Pictory.
    """

    code: str
    status: int
    message: str

    @property
    def retry_after_seconds(self) -> int:
        """Sent as ``Retry-After``; 0 where trying again does not help, or may repeat a write."""
        return 10 if self.status in (429, 503) else 0


REFUSALS: Final[tuple[Refusal, ...]] = (
    # Who is calling
    Refusal("credential_missing", 401, "Send your gateway credential in the Authorization header."),
    Refusal("credential_invalid", 401, "The gateway credential is not valid: expired, or not for here."),
    Refusal("credential_revoked", 401, "The gateway credential was revoked. Ask for a new one."),
    Refusal("credential_unregistered", 401, "The gateway credential is in no register: ask for a new one."),
    Refusal("identity_unavailable", 503, "What credentials are checked with cannot be read. Try again."),
    # What is called
    Refusal("operation_unknown", 403, "No operation has this method, path and query."),
    Refusal("operation_not_granted", 403, "This client is not granted this operation."),
    Refusal("rate_limited", 429, "This client calls more often than it may. Wait, then try again."),
    Refusal("concurrency_limited", 429, "This client has as much under way as it may. Wait for some to end."),
    # With what
    Refusal("body_too_large", 413, "The request body is larger than this operation takes."),
    Refusal("body_unexpected", 400, "This operation takes no request body."),
    Refusal("content_type_unsupported", 415, "This operation does not take this Content-Type."),
    Refusal("body_not_json", 400, "The body is not one JSON object in plain UTF-8."),
    Refusal("body_duplicate_key", 400, "The body can be read in two ways."),
    Refusal("body_too_complex", 400, "The body is nested deeper, or holds more, than any call needs."),
    Refusal("body_url_invalid", 400, "The body holds a URL that the gateway does not take."),
    Refusal("body_host_not_allowed", 403, "The body holds a URL whose host this client may not name."),
    Refusal(
        "body_connection_not_allowed", 403, "The body sends to a connection that this client may not use."
    ),
    Refusal("inspection_unavailable", 503, "The body could not be looked into. Try again later."),
    Refusal("request_too_slow", 408, "The request took too long to arrive."),
    Refusal("headers_too_large", 431, "The request has too many headers, or they are too large."),
    Refusal("request_invalid", 400, "The request is not well-formed HTTP, or its path is not in plain form."),
    Refusal("http_version_unsupported", 426, "Use HTTP/1.1."),
    # The gateway itself
    Refusal("no_credential", 503, "The gateway has no Pictory credential at present. Try again later."),
    Refusal(
        "not_ready",
        503,
        "This task cannot carry out calls now: it lacks a credential or the list of callers, or no inspector answers.",
    ),
    Refusal("draining", 503, "This task is ending: the load balancer's health check is told so."),
    Refusal("gateway_overloaded", 503, "The gateway has too much to do at present. Try again later."),
    Refusal("gateway_error", 500, "The gateway could not carry out the call."),
    # The way to Pictory
    Refusal("upstream_address_refused", 502, "Pictory's name resolves to an address that is not public."),
    Refusal("upstream_unavailable", 503, "Pictory cannot be reached at present. Try again later."),
    Refusal("upstream_overloaded", 503, "Too many calls to Pictory are under way. Try again later."),
    Refusal("upstream_failed", 502, "The connection to Pictory failed. The call may have been carried out."),
    Refusal("upstream_timeout", 504, "Pictory did not answer in time. The call may be carried out yet."),
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
        "The gateway credential is not valid: expired, in no register, or not for here.",
    ),
    Refusal("tunnel_credential_revoked", 407, "The gateway credential was revoked. Ask for a new one."),
    Refusal("tunnel_not_granted", 403, "This client is not granted assets.connect."),
    Refusal(
        "tunnel_target_refused",
        403,
        "Tunnels lead to Pictory's asset hosts by name, port 443, and nowhere else.",
    ),
    Refusal("tunnel_only", 405, "Only CONNECT is served here."),
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
