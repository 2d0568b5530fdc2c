"""Which headers cross the gateway. Everything that is not listed is taken away."""

from typing import Final

REQUEST_HEADERS: Final = ("accept", "accept-encoding", "accept-language", "content-type", "content-length")
"""What a caller's request may carry upstream; the gateway adds the credential and its own User-Agent."""

RESPONSE_HEADERS: Final = (
    "cache-control", "content-disposition", "content-encoding", "content-language", "content-length",
    "content-type", "date", "etag", "last-modified", "retry-after", "vary",
)  # fmt: skip
"""What Pictory's answer may carry back."""

USER_AGENT: Final = "pictory-egress/1"
"""Sent upstream in place of the caller's: the network before Pictory refuses some default ones."""

REQUEST_ID_HEADER: Final = "x-request-id"
CREDENTIAL_HEADER: Final = "authorization"
USER_ID_HEADER: Final = "x-pictory-user-id"
"""Goes beside OAuth tokens; set by the gateway only."""
