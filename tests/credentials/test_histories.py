"""Any history of rotations, crashes, repetitions and staged keys keeps the key, and ends well."""

import contextlib
import io
import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pictory_egress.credentials.runtime.errors import RotationError
from pictory_egress.credentials.runtime.pictory import UNREACHABLE, Verdict

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
KEYS = tuple(f"pictai_{letter}" for letter in "abcd")


@dataclass(frozen=True)
class Stage:
    """An operator stages a key; whether Pictory knows it, and how long ago it was."""

    key: str
    valid: bool
    hours_ago: int


@dataclass(frozen=True)
class Step:
    """AWS calls a step with the newest token, or with the one before; the call may be cut short."""

    name: str
    older_token: bool
    fault: tuple[str, int] | None
    silent: bool


@dataclass(frozen=True)
class Rotate:
    """AWS starts a rotation, as far as it may."""


STAGED = st.builds(Stage, st.sampled_from(KEYS), st.booleans(), st.sampled_from((0, 1, 80)))
FAULTS = st.none() | st.tuples(
    st.sampled_from(("crash before", "crash after", "throttle", "lost answer")), st.integers(1, 8)
)
CALLED = st.builds(Step, st.sampled_from(STEPS), st.booleans(), FAULTS, st.booleans())
WHOLE = st.just([Rotate(), *(Step(name, False, None, False) for name in STEPS)])
HISTORIES = st.lists(
    STAGED.map(lambda e: [e]) | CALLED.map(lambda e: [e]) | st.just([Rotate()]) | WHOLE, max_size=14
)


def play(history: list[list[Any]], world: Any, crash: type[BaseException], client_error: Any) -> None:
    current = world.key_in_use("pictai_first")
    promoted, tokens = {current}, [current]
    for event in (event for part in history for event in part):
        values = {version.id: version.value for version in world.secret.by_id.values()}
        if isinstance(event, Stage):
            world.stage(event.key, hours_ago=event.hours_ago, valid=event.valid)
            if not event.valid:
                world.valid.discard(event.key)
        elif isinstance(event, Rotate):
            with contextlib.suppress(Exception):
                tokens.append(world.begin())
        else:
            call(
                event, tokens[-2 if event.older_token and len(tokens) > 1 else -1], world, crash, client_error
            )
        check(world, promoted, values)


def call(step: Step, token: str, world: Any, crash: type[BaseException], client_error: Any) -> None:
    if step.fault:
        arm(world.aws, *step.fault, crash=crash, client_error=client_error)
    world.verdicts = [Verdict(UNREACHABLE)] if step.silent else []
    with contextlib.suppress(RotationError, crash):
        world.step(step.name, token)
    world.verdicts = []
    world.aws.before = world.aws.after = lambda number, name: None


def arm(aws: Any, kind: str, nth: int, *, crash: type[BaseException], client_error: Any) -> None:
    at = len(aws.calls) + nth

    def fault(number: int, name: str) -> None:
        if number == at and "crash" in kind:
            raise crash
        if number == at:
            raise client_error("ThrottlingException" if kind == "throttle" else "InternalServiceError", name)

    if kind in ("crash before", "throttle"):
        aws.before = fault
    else:
        aws.after = fault


def check(world: Any, promoted: set[str], values: dict[str, Any]) -> None:
    """AWSCURRENT is the version it was, or one that Pictory knows at this moment; no value is lost or changed."""
    holder = world.secret.holder("AWSCURRENT")
    if holder.id not in promoted:
        assert json.loads(holder.value)["api_key"] in world.valid
        promoted.add(holder.id)
    for id_, value in values.items():
        assert value is None or world.secret.by_id[id_].value == value


def converge(world: Any) -> None:
    """One clean run ends without AWSPENDING in the way; a good candidate is in use after one more."""
    for _ in range(2):
        pending = world.secret.holder("AWSPENDING")
        token = pending.id if world.junk else world.begin()
        with contextlib.suppress(RotationError):
            for name in STEPS:
                world.step(name, token)
        assert not world.junk
    world.stage("pictai_fresh", hours_ago=0)
    world.run()
    assert world.current == "pictai_fresh"


def history_test(world_type: Any, crash: type[BaseException], client_error: Any, examples: int) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(HISTORIES)
    def any_history(history: list[list[Any]]) -> None:
        world = world_type()
        with contextlib.redirect_stdout(io.StringIO()):
            play(history, world, crash, client_error)
            converge(world)

    any_history()


def test_any_history_keeps_a_verified_key_loses_no_value_and_converges(
    make_world: Any, crash: type[BaseException], client_error: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    history_test(make_world, crash, client_error, 200)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_thousand_histories_keep_a_verified_key(
    make_world: Any, crash: type[BaseException], client_error: Any
) -> None:
    history_test(make_world, crash, client_error, 10_000)


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("kind", ["crash before", "crash after", "throttle", "lost answer"])
@pytest.mark.parametrize("nth", range(1, 8))
def test_rotation_cut_short_at_any_call_ends_with_the_new_key_when_tried_again(
    make_world: Any, crash: type[BaseException], client_error: Any, name: str, kind: str, nth: int
) -> None:
    world = make_world()
    world.key_in_use("pictai_old")
    world.stage("pictai_new")
    token = world.begin()
    for earlier in STEPS[: STEPS.index(name)]:
        world.step(earlier, token)
    arm(world.aws, kind, nth, crash=crash, client_error=client_error)
    with contextlib.suppress(RotationError, crash):
        world.step(name, token)
    world.aws.before = world.aws.after = lambda number, name: None
    for again in STEPS:
        world.step(again, token)
    assert (world.current, world.previous, world.junk) == ("pictai_new", "pictai_old", False)
