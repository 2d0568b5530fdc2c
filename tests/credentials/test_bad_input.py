"""Secrets that hold anything at all: a clear reason, nothing of them in a log, and the stages as they were."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from pictory_egress.credentials.runtime.errors import RefusedError
from sandbox.aws.secrets.versions import SecretError

Events = Callable[[], list[dict[str, Any]]]
OLD, NEW = "pictai_old", "pictai_new"
GOOD = {"mode": "api-key", "api_key": NEW, "staged_at": "2026-03-01T11:00:00+00:00", "staged_by": "ops"}
FULL = 65_536


def _without(name: str) -> str:
    return json.dumps({key: value for key, value in GOOD.items() if key != name})


def _with(**fields: Any) -> str:
    return json.dumps({**GOOD, **fields})


BAD: dict[str, tuple[str | bytes, str]] = {
    "not JSON": (NEW, "it is not JSON"),
    "JSON cut short": (json.dumps(GOOD)[:-3], "it is not JSON"),
    "a number beyond JSON": ("NaN", "it is not a JSON object"),
    "a list": (f'["{NEW}"]', "it is not a JSON object"),
    "a text": (f'"{NEW}"', "it is not a JSON object"),
    "null": ("null", "it is not a JSON object"),
    "nested too deep": ("[" * 4000, "it is not JSON"),
    "a field twice": (json.dumps(GOOD)[:-1] + f', "api_key": "{NEW}2"}}', "it holds a field twice"),
    "no mode": (_without("mode"), "mode is neither"),
    "an unknown mode": (_with(mode=NEW), "mode is neither"),
    "no key": (_without("api_key"), "api_key is missing"),
    "an empty key": (_with(api_key=""), "api_key is missing"),
    "a key with a line break": (_with(api_key=f"{NEW}\r\nx: 1"), "api_key is missing"),
    "a key that is a number": (_with(api_key=7), "api_key is missing"),
    "no time": (_without("staged_at"), "staged_at is not"),
    "a time without offset": (_with(staged_at="2026-03-01T11:00:00"), "staged_at is not"),
    "a time to come": (_with(staged_at="2026-03-02T11:00:00+00:00"), "lies in the future"),
    "nobody": (_without("staged_by"), "staged_by is not"),
    "an extra field": (_with(comment=NEW), "it holds 1 field"),
    "64 KB": ("x" * FULL, "longer than 4096"),
    "64 KB of JSON": (_with(comment="x" * (FULL - 200)), "longer than 4096"),
    "binary": (b"\x00\xff" * 10, "it is not JSON"),
    "binary that would be good": (json.dumps(GOOD).encode(), "it is not JSON"),
    "64 KB of binary": (b"\x00" * FULL, "it is not JSON"),
}


@pytest.mark.parametrize(("value", "reason"), BAD.values(), ids=BAD)
def test_candidate_that_is_none_is_refused_with_its_reason_and_the_stages_stay(
    world: Any, events: Events, value: str | bytes, reason: str
) -> None:
    world.key_in_use("pictai_previous")
    world.key_in_use(OLD)
    world.stage_text(value)
    before = world.secret.labelled()
    with pytest.raises(RefusedError, match="malformed") as caught:
        world.run()
    assert re.search(reason, str(caught.value))
    assert "`pictory-egress keys stage`" in str(caught.value)
    assert world.secret.labelled() == before
    said = str(caught.value) + json.dumps(events())
    assert NEW not in said
    assert len(said) < 2000


@pytest.mark.parametrize("value", [value for value, _ in BAD.values()], ids=BAD)
def test_key_in_use_that_is_none_is_replaced_by_a_good_candidate(world: Any, value: str | bytes) -> None:
    bad = world.put_current(value)
    world.stage(NEW)
    world.run()
    assert (world.current, world.junk) == (NEW, False)
    assert world.secret.holder("AWSPREVIOUS").id == bad
    assert world.secret.by_id[bad].value == value


@pytest.mark.parametrize("value", ["", b"", "x" * (FULL + 1)])
def test_value_that_secrets_manager_does_not_take_never_gets_there(world: Any, value: str | bytes) -> None:
    with pytest.raises(SecretError) as caught:
        world.stage_text(value)
    assert caught.value.code == "InvalidParameterException"
