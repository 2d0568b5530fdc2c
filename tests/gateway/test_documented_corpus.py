"""Bodies of documentation, in files: with the hosts and connections that each names, each passes."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from pictory_egress.gateway.settings import Client
from tests.gateway.checking import outcome, rules_of

_FOLDER: Final = Path(__file__).parent / "documented"
BODIES: Final[dict[str, dict[str, Any]]] = {
    f"{file.stem}/{one['name']}": one
    for file in sorted(_FOLDER.glob("*.json"))
    for one in json.loads(file.read_text())
}


def test_corpus_when_counted_then_it_has_many() -> None:
    assert len(BODIES) >= 250


@pytest.mark.parametrize("name", BODIES)
def test_body_when_its_hosts_are_allowed_then_it_passes(name: str) -> None:
    one = BODIES[name]
    client = Client(
        name="studio",
        permissions=("videos.render",),
        allowed_hosts=tuple(one["hosts"]),
        allowed_connections=tuple(one.get("connections", ())),
    )
    assert outcome(one["body"], rules=rules_of(client), operation=one["operation"]) == "ok"
