"""What a blocked caller gets: the gateway's own refusals, in the same shape.

A response of AWS WAF is fixed text, so that ``request_id`` is null here. A managed group answers a bare 403.
"""

from typing import Any, Final

from pictory_egress.gateway.refusals import BY_CODE, REASON_HEADER, Refusal

FIREWALL_BLOCKED: Final = Refusal(
    "firewall_blocked",
    403,
    "The firewall blocks this request. Send no header x-amzn-waf-*, and call from an address in allowed_cidrs.",
)
CREDENTIAL_MISSING: Final = BY_CODE["credential_missing"]
TOKEN_ENDPOINT_OFF: Final = BY_CODE["token_endpoint_off"]
RATE_LIMITED: Final = BY_CODE["rate_limited"]
BODY_TOO_LARGE: Final = BY_CODE["body_too_large"]
OPERATION_UNKNOWN: Final = BY_CODE["operation_unknown"]

RESPONSES: Final = (
    FIREWALL_BLOCKED, TOKEN_ENDPOINT_OFF, CREDENTIAL_MISSING, RATE_LIMITED, BODY_TOO_LARGE, OPERATION_UNKNOWN,
)  # fmt: skip


def block(refusal: Refusal) -> dict[str, Any]:
    """The action that answers with ``refusal``, one of :data:`RESPONSES`."""
    return {
        "block": {
            "custom_response": {
                "response_code": refusal.status,
                "custom_response_body_key": refusal.code,
                "response_header": [{"name": REASON_HEADER, "value": refusal.code}],
            }
        }
    }


def bodies() -> list[dict[str, Any]]:
    """The bodies that :func:`block` refers to."""
    return [
        {
            "key": refusal.code,
            "content_type": "APPLICATION_JSON",
            "content": refusal.fixed_body,
        }
        for refusal in RESPONSES
    ]
