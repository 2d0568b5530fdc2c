"""What a rotation does with a staged candidate, step by step."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from pictory_egress.credentials.runtime import pictory
from pictory_egress.credentials.runtime.errors import (
    InvalidRequestError,
    NotVerifiedError,
    RefusedError,
    RotationError,
)
from pictory_egress.credentials.runtime.pictory import Verdict

OLD, NEW, OTHER = "pictai_old", "pictai_new", "pictai_other"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
Events = Callable[[], list[dict[str, Any]]]


def reasons(log: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(line["event"], line.get("reason")) for line in log]


def test_rotation_with_a_fresh_candidate_promotes_it_and_keeps_the_previous(
    world: Any, events: Events
) -> None:
    world.key_in_use(OLD)
    world.stage(NEW)
    token = world.run()
    assert (world.current, world.previous, world.junk) == (NEW, OLD, False)
    assert json.loads(world.secret.by_id[token].value) == {"mode": "api-key", "api_key": NEW}
    log = events()
    assert [line["step"] for line in log if line["event"] == "step_done"] == list(STEPS)
    assert [line["reason"] for line in log if line["event"] == "verdict"] == ["accepted", "accepted"]
    assert {(line["kind"], line["version_id"]) for line in log} == {("rotation", token)}


def test_rotation_without_any_value_yet_promotes_the_first_key(world: Any) -> None:
    world.stage(NEW)
    world.run()
    assert (world.current, world.previous, world.junk) == (NEW, None, False)


def test_set_secret_with_the_candidate_still_staged_records_who_staged_it_and_when(
    world: Any, events: Events
) -> None:
    world.stage(NEW, staged_by="arn:aws:iam::111111111111:user/ada", hours_ago=2)
    token = world.begin()
    world.step("createSecret", token)
    events()
    world.step("setSecret", token)
    evidence = events()[0]
    assert (evidence["event"], evidence["staged_by"]) == ("evidence", "arn:aws:iam::111111111111:user/ada")
    assert (evidence["staged_at"], evidence["staged_hours_ago"]) == ("2026-03-01T10:00:00+00:00", 2.0)


def test_set_secret_after_another_candidate_was_staged_says_so_and_goes_on(
    world: Any, events: Events
) -> None:
    world.stage(NEW)
    token = world.begin()
    world.step("createSecret", token)
    world.stage(OTHER)
    events()
    world.step("setSecret", token)
    assert reasons(events()) == [("evidence", "no_longer_staged"), ("step_done", None)]


@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        (lambda world: None, "missing"),
        (lambda world: world.stage(NEW, hours_ago=72.1), "stale"),
        (lambda world: world.stage(OLD), "in_use"),
        (lambda world: world.stage(OLD, hours_ago=1000), "in_use"),
    ],
)
def test_rotation_with_nothing_to_rotate_to_ends_well_and_changes_nothing(
    world: Any, events: Events, stage: Callable[..., None], reason: str
) -> None:
    world.key_in_use(OLD, days_ago=30)
    stage(world)
    before = world.secret.labelled()
    world.run()
    assert world.secret.labelled() == before
    log = events()
    assert reasons(log) == [("candidate_needed", reason)] + [("skipped", "candidate_needed")] * 3
    assert {name: log[0][name] for name in ("deadline_days", "current_age_days", "days_left")} == {
        "deadline_days": 45, "current_age_days": 30.0, "days_left": 15.0,
    }  # fmt: skip


def test_candidate_needed_without_any_key_yet_names_no_age(world: Any, events: Events) -> None:
    world.run()
    assert "current_age_days" not in events()[0]
    assert world.secret.labelled() == {}


def test_rotation_after_a_candidate_was_needed_takes_the_one_staged_since(world: Any) -> None:
    world.key_in_use(OLD)
    world.run()
    world.stage(NEW)
    world.run()
    assert world.current == NEW


@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        (lambda world: world.stage_text("{"), "malformed"),
        (lambda world: world.stage_text(b"\x00\x01"), "malformed"),
        (lambda world: world.stage(NEW, staged_by=None), "malformed"),
        (lambda world: world.stage("pictai_previous"), "equal_to_previous"),
        (
            lambda world: world.stage(
                NEW, mode="oauth", api_key=None, client_id="a", client_secret="b", user_id="c"
            ),
            "wrong_mode",
        ),
    ],
)
def test_create_secret_with_an_unusable_candidate_refuses_it_and_leaves_the_stages_as_they_were(
    world: Any, events: Events, stage: Callable[..., None], reason: str
) -> None:
    world.key_in_use("pictai_previous")
    world.key_in_use(OLD)
    before = world.secret.labelled()
    stage(world)
    with pytest.raises(RefusedError, match=reason):
        world.run()
    assert world.secret.labelled() == before
    assert reasons(events()) == [("refused", reason)]


def oauth(user: str, secret: str = "new-secret") -> dict[str, str]:
    return {"mode": "oauth", "client_id": "id", "client_secret": secret, "user_id": user}


def test_oauth_candidate_of_the_same_user_is_promoted(world: Any) -> None:
    world.environment["CREDENTIAL_MODE"] = "oauth"
    world.put_current(json.dumps(oauth("ada", "old-secret")))
    world.stage("unused", api_key=None, **oauth("ada"))
    world.valid.add("new-secret")
    world.run()
    assert json.loads(world.secret.get().value) == oauth("ada")


def test_oauth_candidate_of_another_user_is_refused(world: Any) -> None:
    world.environment["CREDENTIAL_MODE"] = "oauth"
    world.put_current(json.dumps(oauth("ada", "old-secret")))
    world.stage("unused", api_key=None, **oauth("grace"))
    with pytest.raises(RefusedError, match="another_account"):
        world.run()
    assert not world.junk


@pytest.mark.parametrize("damaged", ["no JSON", '{"mode": "api-key"}', b"\xff"])
def test_rotation_over_a_damaged_current_value_mends_it(world: Any, damaged: str | bytes) -> None:
    world.put_current(damaged)
    world.stage(NEW)
    world.run()
    assert world.current == NEW


def test_test_secret_with_a_key_that_pictory_refuses_takes_awspending_off(world: Any, events: Events) -> None:
    world.key_in_use(OLD)
    world.stage(NEW, valid=False)
    with pytest.raises(RefusedError, match="refused_by_pictory"):
        world.run()
    assert (world.current, world.junk) == (OLD, False)
    assert reasons(events())[-2:] == [("verdict", "refused_by_pictory"), ("refused", "refused_by_pictory")]


@pytest.mark.parametrize(
    "reason",
    [
        pictory.RATE_LIMITED,
        pictory.UNREACHABLE,
        pictory.UNAVAILABLE,
        pictory.UNTRUSTED,
        pictory.CLOUDFLARE,
        pictory.UNEXPECTED,
    ],
)
def test_test_secret_without_a_verdict_promotes_nothing_and_the_next_rotation_does(
    world: Any, reason: str
) -> None:
    world.key_in_use(OLD)
    world.stage(NEW)
    world.verdicts = [Verdict(reason)]
    with pytest.raises(NotVerifiedError, match=reason):
        world.run()
    assert (world.current, world.junk) == (OLD, False)
    world.run()
    assert world.current == NEW


def test_same_token_after_no_verdict_is_taken_up_again_from_the_start(world: Any, events: Events) -> None:
    world.key_in_use(OLD)
    world.stage(NEW)
    world.verdicts = [Verdict(pictory.RATE_LIMITED, 429)]
    token = world.begin()
    world.step("createSecret", token)
    with pytest.raises(NotVerifiedError):
        world.step("testSecret", token)
    events()
    for name in STEPS:
        world.step(name, token)
    assert world.current == NEW
    assert reasons(events())[0] == ("step_done", "taken_up_again")


def test_version_that_got_a_key_is_marked_until_the_next_one_gets_one(world: Any) -> None:
    world.stage(NEW)
    first = world.begin()
    assert world.secret.by_id[first].labels == {"AWSPENDING"}
    world.step("createSecret", first)
    assert world.secret.by_id[first].labels == {"AWSPENDING", "CANDIDATE"}
    world.verdicts = [Verdict(pictory.UNREACHABLE)] * 2
    with pytest.raises(NotVerifiedError):
        world.step("testSecret", first)
    second = world.begin()
    world.step("createSecret", second)
    with pytest.raises(NotVerifiedError):
        world.step("testSecret", second)
    assert (world.secret.by_id[first].labels, world.secret.by_id[second].labels) == (set(), {"CANDIDATE"})
    world.step("createSecret", first)
    assert (world.secret.by_id[first].labels, world.secret.by_id[second].labels) == (
        {"AWSPENDING", "CANDIDATE"},
        set(),
    )


def test_same_token_while_another_rotation_runs_is_not_taken_up_again(world: Any) -> None:
    world.stage(NEW)
    world.verdicts = [Verdict(pictory.RATE_LIMITED, 429)]
    token = world.begin()
    world.step("createSecret", token)
    with pytest.raises(NotVerifiedError):
        world.step("testSecret", token)
    other = world.begin()
    with pytest.raises(InvalidRequestError, match="not_pending"):
        world.step("createSecret", token)
    assert world.secret.holder("AWSPENDING").id == other


def test_finish_secret_with_a_key_revoked_since_test_secret_promotes_nothing(world: Any) -> None:
    world.key_in_use(OLD)
    world.stage(NEW)
    token = world.begin()
    for name in STEPS[:3]:
        world.step(name, token)
    world.valid.clear()
    with pytest.raises(RefusedError):
        world.step("finishSecret", token)
    assert (world.current, world.junk) == (OLD, False)


def test_finish_secret_before_test_secret_still_asks_pictory(world: Any) -> None:
    world.key_in_use(OLD)
    world.stage(NEW, valid=False)
    token = world.begin()
    world.step("createSecret", token)
    with pytest.raises(RefusedError):
        world.step("finishSecret", token)
    assert world.current == OLD


@pytest.mark.parametrize("repeated", STEPS)
def test_step_repeated_changes_nothing_more(world: Any, repeated: str) -> None:
    world.key_in_use(OLD)
    world.stage(NEW)
    token = world.begin()
    for name in STEPS:
        world.step(name, token)
        if name == repeated:
            before = world.secret.labelled()
            world.step(name, token)
            assert world.secret.labelled() == before
    assert (world.current, world.previous) == (NEW, OLD)


def test_whole_rotation_repeated_with_its_token_changes_nothing(world: Any, events: Events) -> None:
    world.key_in_use(OLD)
    world.stage(NEW)
    token = world.run()
    before = world.secret.labelled()
    events()
    for name in STEPS:
        world.step(name, token)
    assert world.secret.labelled() == before
    assert reasons(events())[0] == ("step_done", "already_current")


def test_step_of_a_current_version_without_awspending_has_nothing_to_do(world: Any, events: Events) -> None:
    token = world.key_in_use(OLD)
    for name in STEPS:
        world.step(name, token)
    assert reasons(events()) == [("step_done", "already_current")] * 4


def test_create_secret_with_another_candidate_staged_since_lets_the_old_one_go(world: Any) -> None:
    world.key_in_use(OLD)
    world.stage(NEW)
    token = world.begin()
    world.step("createSecret", token)
    world.stage(OTHER)
    with pytest.raises(RefusedError, match="superseded"):
        world.step("createSecret", token)
    assert not world.junk
    world.run()
    assert world.current == OTHER


def test_create_secret_with_its_candidate_withdrawn_lets_it_go(world: Any, events: Events) -> None:
    world.key_in_use(OLD)
    world.stage(NEW)
    token = world.begin()
    world.step("createSecret", token)
    world.stage(OLD)
    events()
    world.step("createSecret", token)
    assert reasons(events()) == [("candidate_needed", "in_use")]
    assert not world.junk


@pytest.mark.parametrize("name", STEPS)
def test_step_with_a_token_of_no_version_is_refused_and_changes_nothing(world: Any, name: str) -> None:
    world.key_in_use(OLD)
    world.stage(NEW)
    before = world.secret.labelled()
    with pytest.raises(InvalidRequestError, match="not_pending"):
        world.step(name, str(uuid.uuid4()))
    assert world.secret.labelled() == before


@pytest.mark.parametrize("name", STEPS)
def test_step_with_the_token_of_the_previous_version_is_refused(world: Any, name: str) -> None:
    token = world.key_in_use(OLD)
    world.key_in_use(OTHER)
    world.stage(NEW)
    with pytest.raises(InvalidRequestError, match="not_pending"):
        world.step(name, token)
    assert world.current == OTHER


@pytest.mark.parametrize("name", STEPS[1:])
def test_step_with_an_unknown_token_while_a_rotation_runs_is_refused_though_nothing_is_staged(
    world: Any, name: str
) -> None:
    world.begin()
    with pytest.raises(InvalidRequestError, match="not_pending"):
        world.step(name, str(uuid.uuid4()))


@pytest.mark.parametrize("name", STEPS[1:])
def test_step_on_a_version_without_a_value_does_nothing(world: Any, events: Events, name: str) -> None:
    world.key_in_use(OLD)
    token = world.begin()
    before = world.secret.labelled()
    world.step(name, token)
    assert world.secret.labelled() == before
    assert reasons(events()) == [("skipped", "no_value")]


def test_test_secret_as_aws_tries_a_schedule_out_verifies_the_current_key(world: Any, events: Events) -> None:
    world.key_in_use(OLD)
    world.valid.add(OLD)
    token = str(uuid.uuid4())
    world.secret.begin_rotation_test(token=token, now=0.0)
    world.step("testSecret", token)
    assert reasons(events()) == [("verdict", "accepted"), ("step_done", None)]


def test_pending_value_written_by_somebody_else_in_another_shape_is_refused(world: Any) -> None:
    world.key_in_use(OLD)
    token = world.begin()
    world.secret.put(token=token, value="not a credential", labels=["AWSPENDING"], now=0.0)
    with pytest.raises(RefusedError, match="malformed"):
        world.step("finishSecret", token)
    assert (world.current, world.junk) == (OLD, False)


def test_finish_secret_with_awscurrent_moved_meanwhile_leaves_it_where_it_is(world: Any) -> None:
    world.key_in_use(OLD)
    world.stage(NEW)
    token = world.begin()
    world.step("createSecret", token)
    world.aws.before = lambda number, name: (
        world.key_in_use(OTHER) if name == "UpdateSecretVersionStage" else None
    )
    with pytest.raises(RotationError, match="UpdateSecretVersionStage:InvalidParameterException"):
        world.step("finishSecret", token)
    assert world.current == OTHER
