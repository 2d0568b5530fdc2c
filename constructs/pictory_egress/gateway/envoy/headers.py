"""Allow-lists for headers in both directions, applied where requests leave and answers arrive."""

from typing import Final

from pictory_egress.api.headers import (
    REQUEST_HEADERS,
    REQUEST_ID_HEADER,
    RESPONSE_HEADERS,
    USER_AGENT,
)
from pictory_egress.gateway.envoy.regexes import header_names_other_than
from pictory_egress.gateway.envoy.shapes import Json, extension
from pictory_egress.gateway.refusals import REASON_HEADER

UPSTREAM_HEADERS: Final = (*REQUEST_HEADERS, REQUEST_ID_HEADER)
"""Names that pass; the last is the gateway's own. Credential and User-Agent are set after the caller's are gone."""

TRY_AGAIN_HEADER: Final = "x-pictory-egress-try-again"
"""Stands on answers upon which the router may send a read again: in how many seconds, or soon; no caller sees it."""

TAKEOVER_SECONDS: Final = 1
"""Longest time from a key's promotion until every task adds it, once Pictory has refused the one before.

The sidecar looks at the secret five times a second then; a read that was refused is tried again after this time.
"""

_STATUS: Final = "response.headers[':status']"
_KEY_REFUSED_AT_FIRST: Final = f"{_STATUS} == '401' && upstream.request_attempt_count == 1u"
# What says itself when to come back is passed on, for the caller to respect.
_FAILED: Final = f"{_STATUS} in ['502', '503', '504'] && !('retry-after' in response.headers)"
_TRY_AGAIN: Final = f"{_KEY_REFUSED_AT_FIRST} ? '{TAKEOVER_SECONDS}' : {_FAILED} ? 'soon' : ''"


def header_allow_list() -> Json:
    """The upstream filter that takes away every header that is not listed, in requests and in answers.

    It runs for the Pictory cluster only, after everything that reads or adds headers on the way there.
    """
    return extension(
        "headers",
        "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
        mutations={
            "request_mutations": [_remove_others(UPSTREAM_HEADERS), _set("user-agent", USER_AGENT)],
            "response_mutations": [
                _remove_others(RESPONSE_HEADERS),
                _set(REASON_HEADER, "ok"),
                _set(TRY_AGAIN_HEADER, f"%CEL({_TRY_AGAIN})%"),
            ],
        },
    )


def _remove_others(names: tuple[str, ...]) -> Json:
    return {"remove_on_match": {"key_matcher": {"safe_regex": {"regex": header_names_other_than(names)}}}}


def _set(name: str, value: str) -> Json:
    return {
        "append": {"header": {"key": name, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
    }
