"""One line of JSON for each request for a tunnel: where it was refused, or where it ended."""

from typing import Final

from pictory_egress.gateway.envoy.logs import ANSWERED, REASON, REQUEST_ID, caller, cel, holds
from pictory_egress.gateway.envoy.shapes import Json, extension
from pictory_egress.gateway.refusals import CALLER_GONE, OK
from pictory_egress.gateway.settings import GatewaySettings

_SAYS: Final = "has(connection.termination_details) && connection.termination_details"
# What ends an open tunnel, by what Envoy says of it. The first that fits wins.
_ENDS: Final[tuple[tuple[str, str], ...]] = (
    ("tunnel_too_large", f"{_SAYS}.startsWith('rbac_access_denied')"),
    # Bit 22 of the flags is DT.
    ("tunnel_too_long", "response.flags / 4194304 % 2 == 1"),
)
# Bit 5 of the flags is UF, that the way out failed: the line of that is written there.
_REACHED: Final = "response.flags / 32 % 2 == 0"


def request_facts(*, settings: GatewaySettings) -> dict[str, str]:
    """What a line says of the request that asked for the tunnel, as formatted where that request is seen."""
    return {"request_id": REQUEST_ID, **caller(settings)}


def refused_log(*, settings: GatewaySettings) -> Json:
    """Of requests that got no tunnel. Health checks leave no line."""
    line = {**request_facts(settings=settings), "host": "%REQ(:AUTHORITY):128%"}
    reason = cel(f"{ANSWERED} ? {REASON} : '{CALLER_GONE}'")
    return _http_log(line, decision="refuse", reason=reason, only="response.code != 200")


def failed_log(*, settings: GatewaySettings) -> Json:
    """Of tunnels for which the host could not be reached, or not be allowed to be."""
    line = {**_handed_on(settings), "host": "%ROUTE_NAME%"}
    # Not what stopped on its own: the log of ends has that.
    return _http_log(line, decision="allow", reason=cel(REASON), only="response.code >= 400")


def end_log(*, settings: GatewaySettings, host: str, closed: str) -> Json:
    """Of tunnels to ``host`` that were opened; ``closed`` is the filter chain of what is no TLS for it."""
    reason = f"'{OK}'"
    for code, condition in reversed(_ENDS):
        reason = f"({condition} ? '{code}' : {reason})"
    refused = f"xds.filter_chain_name == '{closed}'"
    # Without a chain: the client sent nothing that would have chosen one.
    reason = f"(xds.filter_chain_name == '' ? '{CALLER_GONE}' : {reason})"
    line = {
        **_handed_on(settings),
        "host": host,
        "decision": cel(f"{refused} ? 'refuse' : 'allow'"),
        "reason": cel(f"{refused} ? 'tunnel_sni_refused' : {reason}"),
        "status": 200,
        "details": "%CONNECTION_TERMINATION_DETAILS%",
    }
    return {**_log(line), "filter": holds(_REACHED)}


def _handed_on(settings: GatewaySettings) -> dict[str, str]:
    return {key: f"%FILTER_STATE(egress.{key}:PLAIN)%" for key in request_facts(settings=settings)}


def _http_log(line: Json, *, decision: str, reason: str, only: str) -> Json:
    answer = {
        "decision": decision, "reason": reason, "status": "%RESPONSE_CODE%", "details": "%RESPONSE_CODE_DETAILS%"
    }  # fmt: skip
    both = [{"not_health_check_filter": {}}, holds(only)]
    return {**_log({**line, **answer}), "filter": {"and_filter": {"filters": both}}}


def _log(line: Json) -> Json:
    return extension(
        "envoy.access_loggers.stdout",
        "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
        log_format={
            "json_format": {
                "kind": "tunnel",
                "time": "%START_TIME%",
                **line,
                "duration_ms": "%DURATION%",
                "bytes_received": "%BYTES_RECEIVED%",
                "bytes_sent": "%BYTES_SENT%",
                "flags": "%RESPONSE_FLAGS%",
            }
        },
    )
