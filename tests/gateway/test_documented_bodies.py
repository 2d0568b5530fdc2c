"""What documentation shows is allowed once the hosts that its URLs name are: texts may speak of any site."""

import json

import pytest

from pictory_egress.api import Catalog
from pictory_egress.gateway.inspection import inspection_rules
from pictory_egress.gateway.packing import canonical
from pictory_egress.gateway.runtime.inspection.check import check
from pictory_egress.gateway.runtime.inspection.refused import RefusedError
from pictory_egress.gateway.runtime.inspection.rules import Rules
from pictory_egress.gateway.settings import Client
from tests.gateway.documented import Documented
from tests.gateway.documented_bodies import bodies
from tests.gateway.documented_texts import SPOKEN, SSML

BODIES = tuple(bodies())
HOSTS = sorted(set().union(*(one.hosts for one in BODIES)))


def rules(*hosts: str) -> Rules:
    client = Client(name="studio", permissions=("videos.render",), allowed_hosts=hosts)
    return Rules.from_json(canonical(inspection_rules(clients=[client], catalog=Catalog.with_additions())))


WITH_ALL, WITH_NONE = rules(*HOSTS), rules()


def outcome(one: Documented, known: Rules) -> str:
    grant = known.clients.get(("gateway", "studio"), known.default)
    try:
        check(json.dumps(one.body).encode(), operation=known.operations[one.operation], grant=grant)
    except RefusedError as error:
        return f"{error.code}: {error.detail}"
    return "ok"


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
