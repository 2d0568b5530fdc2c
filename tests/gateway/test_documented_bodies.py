"""What documentation shows is allowed once the hosts that its URLs name are: texts may speak of any site."""

import pytest

from pictory_egress.api import Catalog
from pictory_egress.gateway.runtime.inspection.rules import Rules
from pictory_egress.gateway.settings import Client
from tests.gateway.checking import refusal, rules_of
from tests.gateway.documented import Documented
from tests.gateway.documented_bodies import bodies
from tests.gateway.documented_texts import SPOKEN, SSML

BODIES = tuple(bodies())
HOSTS = sorted(set().union(*(one.hosts for one in BODIES)))


def rules(*hosts: str) -> Rules:
    return rules_of(Client(name="studio", permissions=("videos.render",), allowed_hosts=hosts))


WITH_ALL, WITH_NONE = rules(*HOSTS), rules()


def outcome(one: Documented, known: Rules) -> str:
    found = refusal(one.body, rules=known, operation=one.operation)
    return f"{found.code}: {found.detail}" if found else "ok"


def test_bodies_when_counted_then_many_and_each_operation_with_json_has_some() -> None:
    assert len(BODIES) >= 200
    assert len({one.name for one in BODIES}) == len(BODIES)
    with_json = {o.id for o in Catalog.with_additions().operations if o.content_type == "application/json"}
    assert {one.operation for one in BODIES} == with_json
    assert len(SPOKEN) + len(SSML) >= 40


@pytest.mark.parametrize("one", BODIES, ids=lambda one: one.name)
def test_body_when_its_hosts_are_allowed_then_it_passes(one: Documented) -> None:
    assert outcome(one, WITH_ALL) == "ok"


@pytest.mark.parametrize("one", [one for one in BODIES if one.hosts], ids=lambda one: one.name)
def test_body_when_one_of_its_hosts_is_not_allowed_then_refused(one: Documented) -> None:
    assert outcome(one, WITH_NONE).startswith("body_host_not_allowed"), outcome(one, WITH_NONE)
    for missing in one.hosts:
        fewer = rules(*(host for host in HOSTS if host != missing))
        assert f"{missing} is not allowed" in outcome(one, fewer)
