"""Whose key a candidate is, told by a job: also after the key before it died, as Pictory's page makes it die."""

from collections.abc import Callable
from typing import Any

import pytest

from pictory_egress.credentials.runtime.errors import RefusedError

Events = Callable[[], list[dict[str, Any]]]
OLD, NEW, FOREIGN = "pictai_old", "pictai_new", "pictai_foreign"


@pytest.fixture
def in_use(world: Any) -> Any:
    """OLD was rotated to while its account had a job, and has died since; FOREIGN is of another account."""
    world.job = world.jobs.begin()
    world.jobs.of_account[FOREIGN] = "theirs"
    world.stage(OLD)
    world.run()
    world.valid.discard(OLD)
    return world


def accounts(events: Events) -> list[str]:
    return [line["reason"] for line in events() if line["event"] == "account"]


def test_promotion_notes_a_job_of_the_keys_account_and_logs_no_id(world: Any, events: Events) -> None:
    job = world.jobs.begin()
    world.stage(NEW)
    world.run()
    lines = events()
    assert world.witness == [job]
    assert [line["reason"] for line in lines if line["event"] == "witness"] == ["noted"]
    assert job not in str(lines)


def test_candidate_of_another_account_is_refused_after_the_old_key_died(in_use: Any, events: Events) -> None:
    in_use.stage(FOREIGN)
    with pytest.raises(RefusedError, match="another_account"):
        in_use.run()
    assert (in_use.current, in_use.witness, in_use.junk) == (OLD, [in_use.job], False)
    assert accounts(events) == ["another_account"]


def test_candidate_of_the_same_account_is_proven_after_the_old_key_died(in_use: Any, events: Events) -> None:
    in_use.stage(NEW)
    in_use.run()
    assert (in_use.current, in_use.witness) == (NEW, [in_use.job])
    assert accounts(events) == ["same_account", "same_account"]


def test_candidate_when_the_noted_job_is_gone_and_the_old_key_dead_is_promoted_as_unproven(
    in_use: Any, events: Events
) -> None:
    in_use.jobs.owners.clear()
    in_use.stage(FOREIGN)
    in_use.run()
    assert in_use.current == FOREIGN
    assert accounts(events) == ["account_unknown", "account_unknown"]


def test_candidate_when_the_noted_job_is_gone_is_told_by_the_old_key_while_it_lives(
    in_use: Any, events: Events
) -> None:
    in_use.jobs.owners.clear()
    in_use.jobs.begin()
    in_use.valid.add(OLD)
    in_use.stage(FOREIGN)
    with pytest.raises(RefusedError, match="another_account"):
        in_use.run()


@pytest.mark.parametrize("damaged", ["no JSON", '{"mode": "api-key"}', b"\xff"])
def test_candidate_over_a_damaged_value_is_still_told_by_the_noted_job(
    in_use: Any, damaged: str | bytes
) -> None:
    in_use.secret.holder("AWSCURRENT").value = damaged
    in_use.stage(FOREIGN)
    with pytest.raises(RefusedError, match="another_account"):
        in_use.run()


def test_first_key_has_no_account_to_differ_from(world: Any, events: Events) -> None:
    world.stage(NEW)
    world.run()
    assert (world.current, accounts(events), world.witness) == (NEW, [], [])


def test_schedule_with_nothing_staged_notes_the_newest_job_in_place_of_the_older(in_use: Any) -> None:
    in_use.valid.add(OLD)
    newer = in_use.jobs.begin()
    in_use.run()
    assert in_use.witness == [newer]
    assert sum("JOB-" in str(labels) for labels in in_use.secret.labelled().values()) == 1


@pytest.mark.parametrize("value", [None, "no credential"])
def test_schedule_without_a_key_or_with_a_damaged_one_notes_nothing(world: Any, value: str | None) -> None:
    world.jobs.begin()
    if value is not None:
        world.put_current(value)
    world.run()
    assert "JOB-" not in str(world.secret.labelled())


def test_operators_verify_notes_a_job_of_the_key_in_use(world: Any) -> None:
    world.key_in_use(OLD)
    world.valid.add(OLD)
    job = world.jobs.begin()
    world.ask("verify")
    assert world.witness == [job]


def test_operators_verify_of_a_dead_key_keeps_what_was_noted(in_use: Any) -> None:
    assert in_use.ask("verify")["AWSCURRENT"]["reason"] == "refused_by_pictory"
    assert in_use.witness == [in_use.job]


def test_job_noted_for_the_key_before_says_nothing_of_the_key_in_use(in_use: Any, events: Events) -> None:
    in_use.valid.add(OLD)
    in_use.stage(NEW)
    token = in_use.run()
    in_use.jobs.owners.clear()
    in_use.ask("rollback", From=token)
    assert (in_use.current, in_use.witness) == (OLD, [])
    in_use.jobs.owners[in_use.job] = "ours"
    in_use.valid.discard(OLD)
    in_use.stage(FOREIGN)
    in_use.run()
    assert accounts(events)[-1] == "account_unknown"


def test_rollback_notes_a_job_of_the_key_that_it_went_back_to(in_use: Any) -> None:
    in_use.valid.add(OLD)
    in_use.stage(NEW)
    token = in_use.run()
    in_use.ask("rollback", From=token)
    assert (in_use.current, in_use.witness) == (OLD, [in_use.job])


@pytest.mark.parametrize("when", ["before", "after"])
def test_promotion_stands_when_aws_does_not_take_the_note(
    world: Any, events: Events, client_error: Any, when: str
) -> None:
    world.jobs.begin()
    world.stage(NEW)

    def fail(number: int, name: str) -> None:
        # The first of these calls promotes, the second notes.
        if name == "UpdateSecretVersionStage" and world.aws.calls.count(name) == 2:
            raise client_error("ThrottlingException", name)

    setattr(world.aws, when, fail)
    world.run()
    assert (world.current, world.junk) == (NEW, False)
    assert [line["reason"] for line in events() if line["event"] == "witness"] == ["not_noted"]


def test_second_note_cut_short_leaves_two_jobs_and_the_next_one_tidies_up(
    in_use: Any, client_error: Any
) -> None:
    in_use.valid.add(OLD)
    newer, before = in_use.jobs.begin(), in_use.aws.before

    def fail(number: int, name: str) -> None:
        if name == "UpdateSecretVersionStage" and in_use.aws.calls.count(name) == calls + 2:
            raise client_error("ThrottlingException", name)

    calls, in_use.aws.before = in_use.aws.calls.count("UpdateSecretVersionStage"), fail
    in_use.ask("verify")
    assert sorted(in_use.witness) == sorted([in_use.job, newer])
    in_use.aws.before = before
    in_use.ask("verify")
    assert in_use.witness == [newer]
