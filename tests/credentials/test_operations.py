"""What operators may ask of the function: it looks, verifies, goes back and mends, and shows no value."""

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from pictory_egress.credentials.runtime import pictory
from pictory_egress.credentials.runtime.errors import RotationError
from pictory_egress.credentials.runtime.pictory import Verdict

Events = Callable[[], list[dict[str, Any]]]
OLD, NEW = "pictai_old", "pictai_new"


@pytest.fixture
def rotated(world: Any) -> Any:
    """A rotation has replaced OLD by NEW; Pictory knows both."""
    world.key_in_use(OLD)
    world.valid.add(OLD)
    world.stage(NEW)
    world.token = world.run()
    return world


def test_operation_that_is_none_is_refused_before_aws_is_asked(world: Any, events: Events) -> None:
    with pytest.raises(RotationError, match="invalid_request: unknown_operation"):
        world.ask("export")
    assert (world.aws.calls, events()[0]["reason"]) == ([], "unknown_operation")


def test_inspect_with_a_candidate_says_who_staged_it_and_when(world: Any) -> None:
    world.stage(NEW, staged_by="arn:aws:iam::111111111111:user/ada", hours_ago=2)
    assert world.ask("inspect") == {
        "candidate": {
            "state": "ready", "staged_by": "arn:aws:iam::111111111111:user/ada",
            "staged_at": "2026-03-01T10:00:00+00:00", "age_hours": 2.0,
        },
        "pending": None, "pending_has_value": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("stage", "state"),
    [
        (lambda world: None, "missing"),
        (lambda world: world.stage(NEW, hours_ago=100), "stale"),
        (lambda world: world.stage_text("{"), "malformed"),
    ],
)
def test_inspect_without_a_usable_candidate_says_why(world: Any, stage: Any, state: str) -> None:
    stage(world)
    assert world.ask("inspect")["candidate"] == {"state": state}


def test_inspect_of_a_half_finished_rotation_names_its_version(world: Any) -> None:
    world.stage(NEW)
    token = world.begin()
    assert world.ask("inspect")["pending_has_value"] is False
    world.step("createSecret", token)
    answer = world.ask("inspect")
    assert (answer["pending"], answer["pending_has_value"]) == (token, True)


def test_verify_asks_pictory_about_each_key_and_changes_nothing(rotated: Any) -> None:
    rotated.valid.discard(OLD)
    rotated.stage("pictai_third")
    before = rotated.secret.labelled()
    assert rotated.ask("verify") == {
        "AWSCURRENT": {"reason": "accepted", "status": 200},
        "AWSPREVIOUS": {"reason": "refused_by_pictory", "status": 401},
        "candidate": {"reason": "accepted", "status": 200},
    }
    assert rotated.secret.labelled() == before


def test_verify_of_a_key_that_is_none_says_so(world: Any) -> None:
    world.put_current("not a credential")
    assert world.ask("verify") == {"AWSCURRENT": {"reason": "malformed"}, "candidate": {"reason": "missing"}}


def test_rollback_moves_the_previous_key_back_and_the_next_rotation_is_free(
    rotated: Any, events: Events
) -> None:
    events()
    answer = rotated.ask("rollback", From=rotated.token)
    assert (rotated.current, rotated.previous, rotated.junk) == (OLD, NEW, False)
    assert answer["previous_version_id"] == rotated.token
    assert [line["event"] for line in events()] == ["verdict", "rolled_back"]
    rotated.stage("pictai_third")
    rotated.run()
    assert (rotated.current, rotated.previous) == ("pictai_third", OLD)


def test_rollback_asked_again_does_not_move_forward_again(rotated: Any) -> None:
    rotated.ask("rollback", From=rotated.token)
    with pytest.raises(RotationError, match="invalid_request: moved_meanwhile"):
        rotated.ask("rollback", From=rotated.token)
    assert rotated.current == OLD


@pytest.mark.parametrize(
    ("verdict", "ended"),
    [
        (Verdict(pictory.REFUSED, 401), "refused"),
        (Verdict(pictory.UNREACHABLE), "not_verified"),
        (Verdict(pictory.RATE_LIMITED, 429), "not_verified"),
        (Verdict(pictory.CLOUDFLARE, 403), "not_verified"),
    ],
)
def test_rollback_to_a_key_that_pictory_does_not_take_changes_nothing(
    rotated: Any, verdict: Verdict, ended: str
) -> None:
    rotated.verdicts = [verdict]
    before = rotated.secret.labelled()
    with pytest.raises(RotationError, match=f"{ended}: {verdict.reason}"):
        rotated.ask("rollback", From=rotated.token)
    assert rotated.secret.labelled() == before


def test_rollback_without_any_key_is_refused(world: Any) -> None:
    with pytest.raises(RotationError, match="invalid_request: moved_meanwhile"):
        world.ask("rollback")


def test_rollback_of_a_key_that_was_written_by_hand_needs_no_awspending(world: Any) -> None:
    world.key_in_use(OLD)
    token = world.key_in_use(NEW)
    world.valid.add(OLD)
    world.ask("rollback", From=token)
    assert (world.current, world.previous) == (OLD, NEW)


def test_rollback_without_a_previous_key_is_refused(world: Any) -> None:
    token = world.key_in_use(OLD)
    with pytest.raises(RotationError, match="invalid_request: no_previous"):
        world.ask("rollback", From=token)


@pytest.mark.parametrize("value", ["not a credential", b"\x00"])
def test_rollback_to_what_is_no_credential_is_refused(world: Any, value: Any) -> None:
    world.put_current(value)
    token = world.key_in_use(NEW)
    with pytest.raises(RotationError, match="refused: malformed"):
        world.ask("rollback", From=token)
    assert world.current == NEW


def test_rollback_while_a_rotation_is_open_is_refused(rotated: Any) -> None:
    rotated.stage("pictai_third")
    rotated.begin()
    with pytest.raises(RotationError, match="invalid_request: rotation_open"):
        rotated.ask("rollback", From=rotated.token)


@pytest.mark.parametrize("call", range(1, 7))
@pytest.mark.parametrize("when", ["before", "after"])
def test_rollback_cut_short_at_any_call_leaves_one_of_both_keys_and_the_next_rotation_free(
    rotated: Any, crash: type[BaseException], call: int, when: str
) -> None:
    at = len(rotated.aws.calls) + call

    def fault(number: int, name: str) -> None:
        if number == at:
            raise crash

    setattr(rotated.aws, when, fault)
    with contextlib.suppress(crash):
        rotated.ask("rollback", From=rotated.token)
    rotated.aws.before = rotated.aws.after = lambda number, name: None
    assert {rotated.current, rotated.previous} == {OLD, NEW}
    assert not rotated.junk
    rotated.stage("pictai_third")
    rotated.run()
    assert rotated.current == "pictai_third"


@pytest.mark.parametrize("steps", range(4))
def test_repair_of_a_rotation_left_behind_frees_the_next_one(world: Any, events: Events, steps: int) -> None:
    world.key_in_use(OLD)
    world.stage(NEW)
    token = world.begin()
    for name in ("createSecret", "setSecret", "testSecret")[:steps]:
        world.step(name, token)
    events()
    assert world.ask("repair") == {"dropped": token}
    assert (world.current, world.junk, events()[0]["reason"]) == (OLD, False, "pending_dropped")
    world.run()
    assert (world.current, world.previous) == (NEW, OLD)


def test_repair_with_nothing_left_behind_changes_nothing(rotated: Any) -> None:
    before = rotated.secret.labelled()
    assert rotated.ask("repair") == {"dropped": None}
    assert rotated.secret.labelled() == before


@pytest.mark.parametrize("operation", ["inspect", "verify", "repair", "rollback"])
def test_operation_answers_and_logs_no_value(rotated: Any, events: Events, operation: str) -> None:
    said = json.dumps([rotated.ask(operation, From=rotated.token), events()])
    assert "pictai_" not in said


def test_operation_that_cannot_be_done_is_no_failed_run_and_no_refused_candidate(
    rotated: Any, events: Events
) -> None:
    rotated.valid.clear()
    events()
    with pytest.raises(RotationError):
        rotated.ask("rollback", From=rotated.token)
    assert [(line["event"], line["reason"]) for line in events()] == [
        ("verdict", "refused_by_pictory"), ("operation_failed", "refused_by_pictory"),
    ]  # fmt: skip
