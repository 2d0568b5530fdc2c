"""The inspector's check as a function: the rules of some clients, and what it says of a body."""

import json
from typing import Any

from pictory_egress.api import Catalog
from pictory_egress.gateway.inspection import inspection_rules
from pictory_egress.gateway.packing import canonical
from pictory_egress.gateway.runtime.inspection.check import check
from pictory_egress.gateway.runtime.inspection.refused import RefusedError
from pictory_egress.gateway.runtime.inspection.rules import Rules
from pictory_egress.gateway.settings import Client


def rules_of(*clients: Client) -> Rules:
    """What the inspector of a gateway with ``clients`` knows."""
    return Rules.from_json(canonical(inspection_rules(clients=clients, catalog=Catalog.with_additions())))


def refusal(
    body: Any, *, rules: Rules, operation: str = "storyboards.create", client: str = "studio"
) -> RefusedError | None:
    """Why ``body``, bytes or a document, is refused; None when it passes. A client without rules has the default."""
    try:
        check(
            body if isinstance(body, bytes) else json.dumps(body).encode(),
            operation=rules.operations[operation],
            grant=rules.clients.get(("gateway", client), rules.default),
        )
    except RefusedError as error:
        return error
    return None


def outcome(body: Any, **options: Any) -> str:
    """The code of :func:`refusal`, whose ``options`` it takes; "ok" when ``body`` passes."""
    found = refusal(body, **options)
    return found.code if found else "ok"
