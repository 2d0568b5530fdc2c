"""How much: requests of a client, and the body of a request."""

from collections.abc import Iterable
from typing import Any, Final

from pictory_egress.gateway.envoy.identity import JWT_FILTER, issuer_key
from pictory_egress.gateway.envoy.shapes import Json, all_of, extension, route_metadata, typed
from pictory_egress.gateway.settings import Client, GatewaySettings

BUFFER_FILTER: Final = "body"
SHAPE_FILTER: Final = "body_shape"
DEFAULT_BODY_BYTES: Final = 1_048_576
"""Largest body where a route does not say otherwise."""
OCTETS: Final = "application/octet-stream"
"""Route metadata ``body`` of an operation that takes this in place of JSON."""

_EVERY_REQUEST: Final = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
_JSON: Final = '(?i)application/json *(; *charset="?utf-8"?)?'


def client_rates(
    *, settings: GatewaySettings, clients: Iterable[Client], rate_per_minute: int | None = None
) -> Json:
    """The filter that holds each client to its rate, or each to ``rate_per_minute``.

    A task counts by itself, so it gives out its :func:`share`: the rate holds for the environment at ``min_tasks``.
    While more tasks run, a client may reach ``max_tasks / min_tasks`` times its rate; the web ACL's rate for a
    credential counts over all of them.
    """
    claims = {"": "sub"} | {issuer.name: issuer.client_claim for issuer in settings.issuers}
    known = sorted(clients, key=lambda client: client.name)
    return extension(
        "envoy.filters.http.local_ratelimit",
        "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
        stat_prefix="clients",
        filter_enabled=_EVERY_REQUEST,
        filter_enforced=_EVERY_REQUEST,
        # For valid tokens of nobody we know, who come no further than the refusal of unknown operations.
        token_bucket=_bucket(rate_per_minute=600, tasks=1),
        always_consume_default_token_bucket=False,
        rate_limits=[
            {"actions": [_client_descriptor(issuer, claims[issuer])]}
            for issuer in sorted({client.issuer for client in known})
        ],
        descriptors=[
            {
                "entries": [{"key": issuer_key(client.issuer), "value": client.subject or client.name}],
                "token_bucket": _bucket(
                    rate_per_minute=rate_per_minute or client.rate_per_minute, tasks=settings.min_tasks
                ),
            }
            for client in known
        ],
    )


def _client_descriptor(issuer: str, claim: str) -> Json:
    key = issuer_key(issuer)
    return {
        "metadata": {
            "descriptor_key": key,
            "metadata_key": {"key": JWT_FILTER, "path": [{"key": key}, {"key": claim}]},
            "skip_if_absent": True,
        }
    }


def share(limit: int, *, tasks: int) -> int:
    """What each of ``tasks`` gives out of a client's ``limit``: rounded up, so that it is never none."""
    return -(-limit // tasks)


def _bucket(*, rate_per_minute: int, tasks: int) -> Json:
    tokens = share(rate_per_minute, tasks=tasks)
    return {"max_tokens": tokens, "tokens_per_fill": tokens, "fill_interval": "60s"}


def body_buffer() -> Json:
    """The filter that takes in a body whole before anything leaves, and refuses it when it is too large.

    A route may say how large; what takes no body at all is refused one by :func:`body_shape`.
    """
    return extension(
        BUFFER_FILTER, "envoy.extensions.filters.http.buffer.v3.Buffer", max_request_bytes=DEFAULT_BODY_BYTES
    )


def body_limit(max_bytes: int) -> Json:
    """What a route says of its body, in bytes."""
    return typed(
        "envoy.extensions.filters.http.buffer.v3.BufferPerRoute", buffer={"max_request_bytes": max_bytes}
    )


def body_shape() -> Json:
    """The filter that refuses a body where none belongs, a compressed one, and one of another media type.

    It stands behind :func:`body_buffer`, which sets the length of every body that it has taken in: how a body was
    framed, and what ``Connection`` hides of that, plays no part. The policies' names are the codes of the refusals.
    """
    body = all_of(_header("content-length"), _no(_header("content-length", exact="0")))
    takes_body = _header(":method", safe_regex={"regex": "POST|PUT"})
    takes_octets = route_metadata("body", {"exact": OCTETS})
    wrong_type = [
        all_of(
            body, takes_body, _no(takes_octets), _no(_header("content-type", safe_regex={"regex": _JSON}))
        ),
        all_of(body, takes_body, takes_octets, _no(_header("content-type", exact=OCTETS))),
    ]
    encoded = all_of(body, _header("content-encoding"), _no(_header("content-encoding", exact="identity")))
    rules = {
        "body_unexpected": [all_of(body, _no(takes_body))],
        "content_encoding_unsupported": [encoded],
        "content_type_unsupported": wrong_type,
    }
    return extension(
        SHAPE_FILTER,
        "envoy.extensions.filters.http.rbac.v3.RBAC",
        rules={
            "action": "DENY",
            "policies": {
                code: {"permissions": permissions, "principals": [{"any": True}]}
                for code, permissions in rules.items()
            },
        },
    )


def _header(name: str, **string_match: Any) -> Json:
    return {
        "header": {
            "name": name,
            **({"string_match": string_match} if string_match else {"present_match": True}),
        }
    }


def _no(rule: Json) -> Json:
    return {"not_rule": rule}
