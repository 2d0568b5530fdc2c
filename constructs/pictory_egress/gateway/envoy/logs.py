"""One line of JSON for each call, and for each thing that Envoy has to say about itself."""

from typing import Final

from pictory_egress.api.headers import REQUEST_ID_HEADER
from pictory_egress.api.hosts import TOKEN_PATH
from pictory_egress.gateway.envoy.identity import BUILT_IN, JWT_FILTER, issuer_key
from pictory_egress.gateway.envoy.shapes import NAMESPACE, Json, extension
from pictory_egress.gateway.refusals import CALLER_GONE, EDGE_REFUSED, OK, REASON_HEADER
from pictory_egress.gateway.settings import GatewaySettings

REQUEST_ID: Final = (
    f'%COALESCE({{"operators":[{{"command":"RESP","param":"{REQUEST_ID_HEADER}"}},"STREAM_ID"]}})%'
)
"""Id of a call: the answer's, where there is one, so that answer and log line have the same."""

ANSWERED: Final = f"'{REASON_HEADER}' in response.headers"
REASON: Final = f"response.headers['{REASON_HEADER}']"
"""CEL: whether the gateway gave an answer, and its reason."""

_FROM_PICTORY: Final = "response.code_details == 'via_upstream'"
_LET_THROUGH: Final = f"{REASON} == 'ok' || {REASON}.startsWith('upstream_')"
_NOT_JSON: Final = (
    "!('content-type' in response.headers && response.headers['content-type'].startsWith('application/json'))"
)


def access_logs(*, settings: GatewaySettings) -> list[Json]:
    """The access log, on standard output: one line a call, by the one of these two whose it is.

    It names no request header: filters upstream edit the same map, so one could show the injected credential.
    No path either: the operation says what was called.

    What the gateway answers by itself has status 400 or more, or none, tokens aside. So below that the answer is
    Pictory's, and its line, which most calls leave, is written without CEL: a twelfth of what a call costs.
    """
    answered = {
        "request_id": "%STREAM_ID%",
        "decision": "allow",
        "reason": OK,
        "upstream_status": "%RESPONSE_CODE%",
    }
    other = {
        "request_id": REQUEST_ID,
        # Whoever left before an answer came had been refused nothing.
        "decision": cel(f"!({ANSWERED}) || {_LET_THROUGH} ? 'allow' : 'refuse'"),
        "reason": cel(
            f"!({ANSWERED}) ? '{CALLER_GONE}' : "
            f"{_FROM_PICTORY} && response.code == 403 && {_NOT_JSON} ? '{EDGE_REFUSED}' : {REASON}"
        ),
        "upstream_status": cel(f"{_FROM_PICTORY} ? response.code : 0"),
    }
    good, bad = [status_is("GE", 200), status_is("LE", 399)], [status_is("LE", 199), status_is("GE", 400)]
    if settings.token_endpoint:
        good, bad = [*good, _token_asked(invert=True)], [*bad, _token_asked(invert=False)]
    return [
        _log(settings, answered, when={"and_filter": {"filters": good}}),
        _log(settings, other, when={"or_filter": {"filters": bad}}),
    ]


def _token_asked(*, invert: bool) -> Json:
    header = {"name": ":path", "string_match": {"exact": TOKEN_PATH}, "invert_match": invert}
    return {"header_filter": {"header": header}}


def _log(settings: GatewaySettings, facts: dict[str, str], *, when: Json) -> Json:
    logger = extension(
        "envoy.access_loggers.stdout",
        "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
        log_format={
            "json_format": {
                "kind": "access",
                "time": "%START_TIME%",
                **caller(settings),
                "operation": f"%METADATA(ROUTE:{NAMESPACE}:operation)%",
                **facts,
                "status": "%RESPONSE_CODE%",
                "duration_ms": "%DURATION%",
                "upstream_ms": "%COMMON_DURATION(US_TX_BEG:US_RX_END:ms)%",
                "bytes_received": "%BYTES_RECEIVED%",
                "bytes_sent": "%BYTES_SENT%",
                "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
                "flags": "%RESPONSE_FLAGS%",
                "details": "%RESPONSE_CODE_DETAILS%",
            },
        },
    )
    return {**logger, "filter": {"and_filter": {"filters": [{"not_health_check_filter": {}}, when]}}}


def status_is(op: str, value: int) -> Json:
    """A filter of access log entries, by the answer's status: ``op`` is EQ, GE or LE."""
    # Envoy wants a runtime key beside the value; nothing sets it.
    return {
        "status_code_filter": {
            "comparison": {"op": op, "value": {"default_value": value, "runtime_key": "-"}}
        }
    }


def holds(expression: str) -> Json:
    """A filter of access log entries, and of answers, by a CEL expression."""
    message = "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter"
    return {"extension_filter": extension("", message, expression=expression)}


def cel(expression: str) -> str:
    """The value of a CEL expression, as a field of a line."""
    return f"%TYPED_CEL({expression})%"


def caller(settings: GatewaySettings) -> dict[str, str]:
    """Who called: with several issuers, whose word it is too, since a name of one is none of another's."""
    built_in = f"%DYNAMIC_METADATA({JWT_FILTER}:{BUILT_IN}:sub)%"
    if not settings.issuers:
        return {"client": built_in}
    claims = f"metadata.filter_metadata['{JWT_FILTER}']"
    client, issuer = "''", "''"
    known = [
        (BUILT_IN, "sub", BUILT_IN),
        *((issuer_key(i.name), i.client_claim, i.name) for i in settings.issuers),
    ]
    for key, claim, name in known:
        client = f"('{key}' in {claims} ? {claims}['{key}']['{claim}'] : {client})"
        issuer = f"('{key}' in {claims} ? '{name}' : {issuer})"
    somebody = f"'{JWT_FILTER}' in metadata.filter_metadata"
    return {
        "client": cel(f"{somebody} ? {client} : ''"),
        "issuer": cel(f"{somebody} ? {issuer} : ''"),
    }


def application_log() -> Json:
    """Envoy's own log, as JSON on standard error."""
    return {
        "log_format": {
            "json_format": {"kind": "envoy", "time": "%Y-%m-%dT%T.%eZ", "level": "%l", "message": "%j"}
        }
    }
