"""The page of refusals has every answer on the way to Pictory, and every reason that a line of the log can hold."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.api import Catalog
from pictory_egress.firewall import responses
from pictory_egress.firewall.answers import answers
from pictory_egress.firewall.rules import web_acl_rules
from pictory_egress.firewall.settings import FirewallSettings
from pictory_egress.gateway.envoy import bootstrap
from pictory_egress.gateway.load_balancer_answers import ANSWERS, NEVER_HERE, NO_ANSWERS, NOT_SERVED, SOURCES
from pictory_egress.gateway.refusals import LOGGED_ONLY, REFUSALS, TUNNEL_ENDS, TUNNEL_REFUSALS, Refusal
from pictory_egress.gateway.settings import Client
from tests.gateway.running import gateway_settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "refusals.md").read_text(encoding="utf-8")
FIREWALL = FirewallSettings(allowed_cidrs=("10.0.0.0/8",))

DOCUMENTED = {400, 401, 403, 405, 408, 413, 414, 460, 463, 464, 500, 501, 502, 503, 504, 505, 507, 561}
"""Statuses of "The load balancer generates an HTTP error" in "Troubleshoot your Application Load Balancers"."""


def section(title: str) -> list[list[str]]:
    """The cells of all rows below a heading, until the next heading; heads of tables are left out."""
    [text] = re.findall(rf"^##+ {title}$(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    table = [line for line in text.splitlines() if line.startswith("|")]
    heads = {
        place + shift for place, line in enumerate(table) if line.startswith("|---") for shift in (-1, 0)
    }
    return [line.strip("|").strip().split(" | ") for place, line in enumerate(table) if place not in heads]


def cells(refusals: Iterable[Refusal]) -> list[list[str]]:
    return [[f"`{r.code}`", str(r.status), r.message] for r in refusals]


def rules(**settings: Any) -> list[dict[str, Any]]:
    return web_acl_rules(
        settings=FIREWALL.model_copy(update=settings),
        catalog=Catalog.with_additions(),
        ip_set_arns=["arn"],
        token_endpoint=False,
    )


def test_page_when_read_then_the_gateways_tables_are_those_of_the_code() -> None:
    assert section("Gateway") == cells(REFUSALS)
    assert section("Tunnels") == cells(TUNNEL_REFUSALS)
    reasons = (*LOGGED_ONLY.items(), *TUNNEL_ENDS.items())
    assert section("In the log alone") == [[f"`{code}`", text] for code, text in reasons]


def test_page_when_read_then_the_firewalls_table_has_each_rule_that_blocks() -> None:
    expected = [
        [f"`{a.rule}`", f"`{a.code}`" if a.code else "HTML", str(a.status), a.message]
        for a in answers(rules())
    ]
    assert section("Firewall") == expected
    blocking = [rule["name"] for rule in rules() if "allow" not in rule.get("action", {})]
    assert [a.rule for a in answers(rules())] == [*blocking, "Default_Action"]
    assert {a.code for a in answers(rules())} - {""} == {refusal.code for refusal in responses.RESPONSES}


def test_firewall_when_managed_rules_only_count_then_they_answer_nothing() -> None:
    assert all(answer.code for answer in answers(rules(managed_rules="count")))


def test_fixed_text_when_answered_then_it_has_no_words_to_fill_in() -> None:
    for refusal in (*responses.RESPONSES, NOT_SERVED):
        assert "{" not in refusal.message


def test_page_when_read_then_the_load_balancers_tables_are_those_of_the_code() -> None:
    own = [[str(a.status), a.cause, a.change] for a in ANSWERS]
    assert section("Load balancer") == [*own, *cells([NOT_SERVED])]
    assert section("No answer at all") == [list(answer) for answer in NO_ANSWERS]
    for status, why in NEVER_HERE.items():
        assert f"{status} ({why})" in PAGE
    for source in SOURCES:
        assert f'"{source.partition(" (")[0]}"' in PAGE


def test_load_balancer_when_it_answers_by_itself_then_awss_document_has_the_status() -> None:
    occurring = [answer.status for answer in ANSWERS]
    assert occurring == sorted(set(occurring))
    assert not set(occurring) & NEVER_HERE.keys()
    assert {*occurring, *NEVER_HERE} == DOCUMENTED


def test_sandbox_when_its_load_balancer_answers_by_itself_then_the_page_has_the_status() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "sandbox" / "front").glob("*.py")]
    given = {int(status) for text in sources for status in re.findall(r"pages\.page\((\d+)\)", text)}
    assert {502, 503, 504} < given <= {answer.status for answer in ANSWERS}


@pytest.mark.parametrize("title", ["firewall", "load balancer", "gateway", "pictory"])
def test_page_when_read_then_it_begins_with_how_to_tell_who_answered(title: str) -> None:
    [first] = [row for row in section_of_answerers() if row[0].lower().startswith(f"[{title}]")]
    assert first[0].endswith(f"(#{title.replace(' ', '-')})")
    assert len(first) == 4
    assert section(title.capitalize())


def section_of_answerers() -> list[list[str]]:
    rows = [line for line in PAGE.partition("\n## ")[0].splitlines() if line.startswith("| [")]
    return [row.strip("|").strip().split(" | ") for row in rows]


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
