"""One line of JSON for each call, and for each thing that Envoy has to say about itself."""

from typing import Final

from pictory_egress.gateway.envoy.identity import BUILT_IN, JWT_FILTER
from pictory_egress.gateway.envoy.shapes import NAMESPACE, Json, extension
from pictory_egress.gateway.refusals import EDGE_REFUSED, REASON_HEADER
from pictory_egress.gateway.settings import GatewaySettings

_DECISION: Final = (
    f"%CEL('{REASON_HEADER}' in response.headers && (response.headers['{REASON_HEADER}'] == 'ok' || "
    f"response.headers['{REASON_HEADER}'].startsWith('upstream_')) ? 'allow' : 'refuse')%"
)

# Pictory says 403 in JSON; the network before it says so in a page or a line of text.
_REASON: Final = (
    "%CEL(response.code_details == 'via_upstream' && response.code == 403 && "
    "!('content-type' in response.headers && response.headers['content-type'].contains('json')) "
    f"? '{EDGE_REFUSED}' : response.headers['{REASON_HEADER}'])%"
)


def access_log(*, settings: GatewaySettings) -> Json:
    """The access log, on standard output.

    It names no request header: filters upstream edit the same map, so one could show the injected credential.
    No path either: the operation says what was called.
    """
    logger = extension(
        "envoy.access_loggers.stdout",
        "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
        log_format={
            "json_format": {
                "kind": "access",
                "time": "%START_TIME%",
                "request_id": "%STREAM_ID%",
                "client": _client(settings),
                "operation": f"%METADATA(ROUTE:{NAMESPACE}:operation)%",
                "decision": _DECISION,
                "reason": _REASON,
                "status": "%RESPONSE_CODE%",
                "upstream_status": "%TYPED_CEL(response.code_details == 'via_upstream' ? response.code : 0)%",
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
    return {**logger, "filter": {"not_health_check_filter": {}}}


def _client(settings: GatewaySettings) -> str:
    return f"%DYNAMIC_METADATA({JWT_FILTER}:{BUILT_IN}:sub)%"


def application_log() -> Json:
    """Envoy's own log, as JSON on standard error."""
    return {
        "log_format": {
            "json_format": {"kind": "envoy", "time": "%Y-%m-%dT%T.%eZ", "level": "%l", "message": "%j"}
        }
    }
