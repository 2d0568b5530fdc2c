"""The filter that Envoy reads from a file: which credentials of the built-in issuer count, and which were taken back.

Envoy watches the file's directory and takes the new filter for the next call, without a restart. It stands behind
the check of signatures and is asked for every call, whatever that check remembers.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

from .records import Record, issuer

OTHERS: Final = "-/-/-"
"""What Envoy makes of a caller whom another issuer vouches for: it has no claim of the built-in one."""

_REGISTERED: Final = "credential_registered"
_REVOKED: Final = "credential_revoked"
_UNREGISTERED: Final = "credential_unregistered"
_UNKNOWN: Final = "registry_unread"

_PREFIX: Final = "type.googleapis.com/envoy."


def nobody() -> bytes:
    """The filter while the registry could not be read: it lets nobody of the built-in issuer in."""
    return _file({OTHERS: _action(_REGISTERED, "ALLOW")}, otherwise=_UNKNOWN)


def only(records: Iterable[Record], *, environment: str) -> bytes:
    """The filter that lets in whoever ``records`` name, unless revoked."""
    allow, deny = _action(_REGISTERED, "ALLOW"), _action(_REVOKED, "DENY")
    verdicts = {
        f"{issuer(environment)}/{record.id}": allow if record.revoked_at is None else deny
        for record in records
    }
    return _file({OTHERS: allow, **verdicts}, otherwise=_UNREGISTERED)


def admitted(content: bytes) -> frozenset[str]:
    """Names of the credentials that a file of these lets in, those of other issuers' callers apart."""
    (resource,) = json.loads(content)["resources"]
    verdicts = resource["typed_config"]["matcher"]["matcher_tree"]["exact_match_map"]["map"]
    names = (name for name, verdict in verdicts.items() if verdict["action"]["name"] == _REGISTERED)
    return frozenset(names) - {OTHERS}


def _file(verdicts: dict[str, Any], *, otherwise: str) -> bytes:
    key = {"@type": f"{_PREFIX}extensions.matching.common_inputs.network.v3.FilterStateInput"}
    rbac = {
        "@type": f"{_PREFIX}extensions.filters.http.rbac.v3.RBAC",
        "matcher": {
            "matcher_tree": {
                "input": {"name": "credential", "typed_config": {**key, "key": "egress.credential"}},
                "exact_match_map": {"map": verdicts},
            },
            "on_no_match": _action(otherwise, "DENY"),
        },
    }
    message = f"{_PREFIX}config.core.v3.TypedExtensionConfig"
    resource = {"@type": message, "name": "registered", "typed_config": rbac}
    return json.dumps({"resources": [resource]}).encode()


def _action(name: str, action: str) -> dict[str, Any]:
    message = {"@type": f"{_PREFIX}config.rbac.v3.Action", "name": name, "action": action}
    return {"action": {"name": name, "typed_config": message}}
