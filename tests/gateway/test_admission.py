"""Which credentials Envoy is told to let in: from the registry, through its outages, and in no other way."""

import dataclasses
import io
import json
import string
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pictory_egress.gateway.envoy import tunnel_slots
from pictory_egress.gateway.runtime import records, registered
from pictory_egress.gateway.runtime.admission import Admission
from pictory_egress.gateway.runtime.keeper import KEEP_SECONDS
from pictory_egress.gateway.runtime.log import Log
from pictory_egress.gateway.runtime.open_tunnels import OTHERS, PAGE, SLOTS, UNWELL_SECONDS, OpenTunnels
from pictory_egress.gateway.runtime.records import Record
from pictory_egress.gateway.runtime.registry import Registry, Snapshot
from pictory_egress.gateway.runtime.volume import Volume

GOOD = Record(client="reports", jti="good", issued_at=0, expires_at=2**33, kid="kid")
BACK = dataclasses.replace(GOOD, jti="back", revoked_at=1, revoked_by="arn:operator")


class Source:
    """A registry that answers or fails as the test says."""

    def __init__(self) -> None:
        self.answer: Snapshot | Exception = snapshot(1, GOOD, BACK)

    def current(self) -> Snapshot:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def snapshot(version: int, *found: Record) -> Snapshot:
    return Snapshot(version=version, signing="arn:1", trusted=("arn:1",), records=found)


@pytest.fixture
def made(tmp_path: Path) -> SimpleNamespace:
    made = SimpleNamespace(now=0.0, source=Source(), written=io.StringIO(), volume=Volume(tmp_path))
    made.volume.replace(made.volume.registered, registered.nobody())
    made.tunnels = OpenTunnels(log=Log(io.StringIO()), clock=lambda: made.now)
    made.admission = Admission(
        registry=made.source,
        environment="test",
        volume=made.volume,
        tunnels=made.tunnels,
        log=Log(made.written),
        clock=lambda: made.now,
    )
    made.events = lambda: [json.loads(line) for line in made.written.getvalue().splitlines()]
    return made


def verdicts(volume: Volume) -> dict[str, str]:
    """Names of the verdicts by caller; the one for everybody else under ``*``."""
    (resource,) = json.loads(volume.registered.read_bytes())["resources"]
    matcher = resource["typed_config"]["matcher"]
    named = {
        caller: entry["action"]["typed_config"]
        for caller, entry in matcher["matcher_tree"]["exact_match_map"]["map"].items()
    }
    named["*"] = matcher["on_no_match"]["action"]["typed_config"]
    # What is not named as let in must be denied.
    assert {v["action"] == "ALLOW" for v in named.values() if v["name"] != "credential_registered"} <= {False}
    return {caller: verdict["name"] for caller, verdict in named.items()}


def test_registry_when_read_then_its_credentials_count_and_no_others(made: SimpleNamespace) -> None:
    assert verdicts(made.volume) == {"-/-/-": "credential_registered", "*": "registry_unread"}
    made.admission.step()
    assert verdicts(made.volume) == {
        "-/-/-": "credential_registered",
        "pictory-egress:test/reports/good": "credential_registered",
        "pictory-egress:test/reports/back": "credential_revoked",
        "*": "credential_unregistered",
    }
    (event,) = made.events()
    assert (event["event"], event["version"], event["credentials"], event["revoked"]) == (
        "registry_loaded",
        1,
        1,
        1,
    )


def test_registry_when_it_changes_then_the_file_follows_and_otherwise_stays(made: SimpleNamespace) -> None:
    made.admission.step()
    before = made.volume.registered.stat().st_mtime_ns
    made.admission.step()
    assert made.volume.registered.stat().st_mtime_ns == before
    made.source.answer = snapshot(2, BACK)
    made.admission.step()
    assert "pictory-egress:test/reports/good" not in verdicts(made.volume)


def test_registry_when_emptied_then_nobody_is_left(made: SimpleNamespace) -> None:
    made.admission.step()
    made.source.answer = snapshot(0)
    made.admission.step()
    assert verdicts(made.volume) == {"-/-/-": "credential_registered", "*": "credential_unregistered"}


def test_record_when_long_expired_then_it_is_left_out(made: SimpleNamespace) -> None:
    made.source.answer = snapshot(1, dataclasses.replace(GOOD, expires_at=1))
    made.admission.step()
    assert set(verdicts(made.volume)) == {"-/-/-", "*"}


def test_registry_when_it_cannot_be_read_then_the_last_list_stays_for_a_day_and_then_none(
    made: SimpleNamespace,
) -> None:
    made.admission.step()
    made.source.answer = OSError()
    for made.now in (2.0, 4.0, 61.0, KEEP_SECONDS):
        made.admission.step()
    assert verdicts(made.volume)["pictory-egress:test/reports/back"] == "credential_revoked"
    failures = [event for event in made.events() if event["event"] == "registry_failed"]
    # At once, and then once a minute.
    assert [(event["reason"], event["kept"]) for event in failures] == [("OSError", True)] * 2
    made.now = KEEP_SECONDS + 1
    made.admission.step()
    assert verdicts(made.volume) == {"-/-/-": "credential_registered", "*": "registry_unread"}
    assert made.admission.status() == {
        "registry_version": None,
        "registry_unconfirmed_seconds": KEEP_SECONDS + 1,
    }
    made.source.answer = snapshot(1, GOOD)
    made.admission.step()
    assert "pictory-egress:test/reports/good" in verdicts(made.volume)


def test_registry_when_never_read_then_nobody_is_let_in(made: SimpleNamespace) -> None:
    made.source.answer = OSError()
    made.admission.step()
    assert verdicts(made.volume) == {"-/-/-": "credential_registered", "*": "registry_unread"}
    assert made.events()[0]["kept"] is False
    assert made.admission.trusted == ()


def unwell(made: SimpleNamespace) -> set[str]:
    """The slots that Envoy is told to close."""
    return {name.removesuffix(PAGE) for name, page in made.tunnels.pages().items() if page()[0] == 503}


def test_credential_when_taken_back_then_the_slot_of_its_tunnels_is_unwell_until_envoy_has_seen_it(
    made: SimpleNamespace,
) -> None:
    first, other = (dataclasses.replace(GOOD, jti=f"5f1c-{digit}") for digit in "2c")
    made.source.answer = snapshot(1, first, other, BACK)
    made.admission.step()
    assert unwell(made) == set()
    made.source.answer = snapshot(2, dataclasses.replace(first, revoked_at=1), other, BACK)
    made.admission.step()
    assert unwell(made) == {"0-3"}
    made.now += UNWELL_SECONDS
    made.admission.step()
    assert unwell(made) == set()
    # Gone without a word counts as well; who was never let in has no tunnel.
    made.source.answer = snapshot(3, first)
    made.admission.step()
    assert unwell(made) == {"c-f"}


def test_list_when_it_may_not_be_used_any_more_then_all_its_tunnels_end(made: SimpleNamespace) -> None:
    made.source.answer = snapshot(1, *(dataclasses.replace(GOOD, jti=f"x-{digit}") for digit in "07af"))
    made.admission.step()
    made.source.answer, made.now = OSError(), KEEP_SECONDS + 1
    made.admission.step()
    assert unwell(made) == set(SLOTS)


def test_credential_when_revoked_while_no_sidecar_was_there_then_the_next_one_ends_its_tunnels(
    made: SimpleNamespace,
) -> None:
    named = dataclasses.replace(GOOD, jti="x-9")
    left = registered.only([named], environment="test")
    made.volume.replace(made.volume.registered, left)
    made.source.answer = snapshot(2, dataclasses.replace(named, revoked_at=1))
    made.admission.step()
    assert unwell(made) == {"8-b"}


@pytest.mark.parametrize(
    "left", [None, b"", b"{", b"[]", b"{}", b'{"resources":[]}', b'{"resources":[{"typed_config":{}}]}']
)
def test_list_when_gone_or_broken_then_it_is_written_anew(made: SimpleNamespace, left: bytes | None) -> None:
    made.volume.registered.unlink()
    if left is not None:
        made.volume.registered.write_bytes(left)
    made.admission.step()
    assert verdicts(made.volume)["pictory-egress:test/reports/good"] == "credential_registered"
    assert unwell(made) == set()


def test_slots_when_envoy_and_sidecar_name_them_then_alike_and_each_digit_has_one() -> None:
    assert (SLOTS, OTHERS, PAGE) == (tunnel_slots.SLOTS, tunnel_slots.OTHERS, tunnel_slots.SLOTS_PAGE)
    assert sorted("".join(SLOTS.values())) == sorted(string.hexdigits.lower()[:16])


class Table:
    """DynamoDB, as far as the sidecar uses it; counts what is asked."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}
        self.pages: list[list[dict[str, Any]]] = []
        self.queries = 0

    def get_item(self, **options: Any) -> dict[str, Any]:
        assert options["ConsistentRead"] is True
        return {"Item": self.state} if self.state else {}

    def get_paginator(self, name: str) -> Any:
        def paginate(**options: Any) -> Any:
            assert options["ConsistentRead"] is True
            self.queries += 1
            return iter([{"Items": page} for page in self.pages])

        assert name == "query"
        return SimpleNamespace(paginate=paginate)


def test_records_when_the_version_is_the_known_one_then_they_are_not_read_again() -> None:
    table: Any = Table()
    table.state = {"version": {"N": "3"}, "signing": {"S": "arn:1"}, "trusted": {"SS": ["arn:2", "arn:1"]}}
    table.pages = [[GOOD.item()], [BACK.item()]]
    registry = Registry(table, "clients")
    first = registry.current()
    assert first == Snapshot(version=3, signing="arn:1", trusted=("arn:1", "arn:2"), records=(GOOD, BACK))
    assert (registry.current() is first, table.queries) == (True, 1)
    table.state["version"] = {"N": "4"}
    assert (registry.current().version, table.queries) == (4, 2)


@pytest.mark.parametrize(
    "item",
    [
        {},
        {**GOOD.item(), "expires_at": {"N": "soon"}},
        {**GOOD.item(), "client": {"N": "1"}},
        {name: value for name, value in BACK.item().items() if name != "jti"},
    ],
)
def test_item_when_it_is_no_record_then_it_lets_nobody_in_and_the_others_count(item: Any) -> None:
    table: Any = Table()
    table.state, table.pages = {"version": {"N": "1"}}, [[item, GOOD.item()]]
    found = Registry(table, "clients").current()
    assert (found.records, found.unreadable) == ((GOOD,), 1)


@pytest.mark.parametrize("record", [GOOD, BACK])
def test_record_when_written_and_read_then_it_is_the_same(record: Record) -> None:
    assert records.record(record.item()) == record
