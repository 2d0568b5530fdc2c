"""The page of refusals has every answer that the gateway gives, and every reason that a line of its log can hold."""

import re
from pathlib import Path

from pictory_egress.api import Catalog
from pictory_egress.gateway.envoy import bootstrap
from pictory_egress.gateway.refusals import LOGGED_ONLY, REFUSALS, TUNNEL_ENDS, TUNNEL_REFUSALS
from pictory_egress.gateway.settings import Client
from tests.gateway.running import gateway_settings

PAGE = Path(__file__).parents[2] / "docs" / "refusals.md"


def test_page_when_read_then_its_tables_are_those_of_the_code() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    answers = [f"| `{r.code}` | {r.status} | {r.message} |" for r in (*REFUSALS, *TUNNEL_REFUSALS)]
    reasons = [f"| `{code}` | {text} |" for code, text in (*LOGGED_ONLY.items(), *TUNNEL_ENDS.items())]
    assert rows == answers + reasons


def test_log_when_it_names_a_reason_by_itself_then_the_page_has_it() -> None:
    settings = gateway_settings(connect={"domain": "assets.example.com"})
    clients = [Client(name="reports", permissions=("jobs.read", "assets.connect"))]
    document = bootstrap(
        settings=settings,
        clients=clients,
        catalog=Catalog.with_additions(),
        environment="test",
        region="eu-west-1",
    )
    fields = [text for text in _values(document, "reason") if isinstance(text, str)]
    assert len(fields) >= 4, "the log of calls, and three of tunnels"
    named = {word for text in fields for word in re.findall(r"\? *'([a-z_]+)'|: *'([a-z_]+)'", text)}
    reasons = {first or second for first, second in named}
    assert {"caller_gone", "upstream_edge_refused", "tunnel_too_long"} <= reasons
    assert reasons <= {*LOGGED_ONLY, *TUNNEL_ENDS}


def _values(part: object, key: str) -> list[object]:
    if isinstance(part, dict):
        return [*([part[key]] if key in part else []), *(v for x in part.values() for v in _values(x, key))]
    return [v for x in part for v in _values(x, key)] if isinstance(part, list) else []
