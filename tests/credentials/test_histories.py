"""Any history of rotations, crashes, repetitions, operators and staged keys keeps the key, and ends well.

The real function runs against the rules of Secrets Manager's versions, in this process.
"""

import contextlib
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pictory_egress.credentials.runtime.errors import RotationError
from pictory_egress.credentials.runtime.pictory import UNREACHABLE, Verdict

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
KEYS = tuple(f"pictai_{letter}" for letter in "abcd")
FOREIGN = KEYS[-1]
"""Of another account than the other keys."""
OPERATIONS = ("rollback", "repair", "verify", "inspect")
PARTS = 4
"""Of the ten thousand histories: each draws its own at random, on whichever core is free."""


@dataclass(frozen=True)
class Stage:
    """An operator stages a key; whether Pictory knows it, and how long ago it was."""

    key: str
    valid: bool
    hours_ago: int


@dataclass(frozen=True)
class Revoke:
    """A key dies at Pictory."""

    key: str


@dataclass(frozen=True)
class Job:
    """An account makes a job, or Pictory forgets all of them."""

    account: str | None


@dataclass(frozen=True)
class Rotate:
    """AWS starts a rotation, as far as it may; ``reused`` with a token that was used before."""

    reused: bool


@dataclass(frozen=True)
class Forget:
    """AWS deletes the versions that have no stage, which it may at any time."""


@dataclass(frozen=True)
class Fault:
    """What happens at the ``nth`` call to AWS: the process dies before or after it, or AWS does not answer."""

    kind: str
    nth: int


@dataclass(frozen=True)
class Call:
    """The function is called: a step with the newest token or the one before, or an operator's operation."""

    name: str
    older_token: bool = False
    fault: Fault | None = None
    silent: bool = False


@dataclass(frozen=True)
class AtOnce:
    """Two calls of the function run at once; ``turns`` says which of them makes its next call to AWS."""

    calls: tuple[Call, Call]
    turns: tuple[int, ...]


WHOLE = [[Rotate(reused=False), *map(Call, STEPS)]]
GOOD = [[Stage(key, True, 1), *WHOLE[0]] for key in KEYS]
STAGED = [[Stage(*each)] for each in itertools.product(KEYS, (True, False), (0, 1, 80))]
FAULTS = [
    Fault(kind, nth)
    for kind in ("crash before", "crash after", "throttle", "lost answer")
    for nth in range(1, 9)
]
PLAIN = [
    Call(name, *each) for name in STEPS for each in itertools.product((False, True), (None,), (False, True))
]
BROKEN = [[Call(name, older, fault)] for name in STEPS for older in (False, True) for fault in FAULTS]
OPERATED = [[Call(name, fault=fault)] for name in OPERATIONS for fault in (None, *FAULTS[:16])]
# Turns that switch early, late, and after each call.
TURNS = [(0,) * head + (1,) * 9 for head in range(1, 7)] + [(0, 1) * 8, (0, 0, 1, 1) * 4]
TOGETHER = [
    [AtOnce((Call(one), Call(other)), turns)]
    for one, other in itertools.product((*STEPS, "repair", "rollback"), repeat=2)
    for turns in TURNS
]
ENDED = [[Revoke(key)] for key in ("pictai_first", *KEYS)] + [
    [Forget()],
    [Rotate(reused=False)],
    [Rotate(reused=True)],
    *[[Job(account)] for account in ("ours", "ours", "theirs", None)],
]
# One draw an event, whichever it is: weighted so that rotations get somewhere before they are disturbed.
EVENTS = (
    WHOLE * 60 + GOOD * 40 + STAGED * 8 + OPERATED[:1] * 60 + [[each] for each in PLAIN] * 15 + BROKEN + OPERATED + TOGETHER + ENDED * 12
)  # fmt: skip
HISTORIES = st.lists(st.sampled_from(EVENTS), max_size=14)


@dataclass
class Play:
    """A history under way: what was promoted, and which tokens AWS gave."""

    world: Any
    crash: type[BaseException]
    client_error: Any
    at_once: Any
    tokens: list[str] = field(default_factory=list)

    def play(self, history: list[list[Any]]) -> None:
        self.tokens.append(self.world.key_in_use("pictai_first"))
        self.world.valid.add("pictai_first")
        self.world.jobs.of_account[FOREIGN] = "theirs"
        for event in itertools.chain.from_iterable(history):
            before, told = self._kept(), self._account_is_told()
            self._happen(event)
            self._check(before)
            if told and not _goes_back(event):
                assert self._account() == told
            assert isinstance(event, Stage) or self.world.staged == before[2]

    def _happen(self, event: Any) -> None:
        world = self.world
        if isinstance(event, Stage):
            world.stage(event.key, hours_ago=event.hours_ago, valid=event.valid)
            if not event.valid:
                world.valid.discard(event.key)
        elif isinstance(event, Revoke):
            world.valid.discard(event.key)
        elif isinstance(event, Job):
            if event.account is None:
                world.jobs.owners.clear()
            else:
                world.jobs.begin(event.account)
        elif isinstance(event, Forget):
            versions = world.secret.by_id
            for id_ in [version.id for version in versions.values() if not version.labels]:
                del versions[id_]
        elif isinstance(event, Rotate):
            with contextlib.suppress(Exception):
                self.tokens.append(world.begin(self.tokens[-1] if event.reused else None))
        elif isinstance(event, Call):
            self._arm(event.fault)
            world.verdicts = [Verdict(UNREACHABLE)] if event.silent else []
            self._run(event)()
            world.verdicts = []
            world.aws.before = world.aws.after = lambda number, name: None
        else:
            self.at_once(world.aws, [self._run(call) for call in event.calls], event.turns)

    def _run(self, call: Call) -> Any:
        token = self.tokens[-2 if call.older_token and len(self.tokens) > 1 else -1]
        # An operator has seen which version is current when the command starts.
        current = self.world.secret.holder("AWSCURRENT").id

        def run() -> None:
            with contextlib.suppress(RotationError, self.crash):
                if call.name in STEPS:
                    self.world.step(call.name, token)
                else:
                    self.world.ask(call.name, From=current)

        return run

    def _arm(self, fault: Fault | None) -> None:
        if fault is None:
            return
        aws, at = self.world.aws, len(self.world.aws.calls) + fault.nth

        def strike(number: int, name: str) -> None:
            if number == at and "crash" in fault.kind:
                raise self.crash
            if number == at:
                raise self.client_error(
                    "ThrottlingException" if fault.kind == "throttle" else "InternalServiceError", name
                )

        if fault.kind in ("crash before", "throttle"):
            aws.before = strike
        else:
            aws.after = strike

    def _account(self) -> str:
        return str(self.world.jobs.account(self.world.current))

    def _account_is_told(self) -> str | None:
        """The account of the key in use, where it can be told: a noted job lasts, or the key lives and has one."""
        jobs, account = self.world.jobs, self._account()
        lasts = any(job in jobs.owners for job in self.world.witness[:1])
        lists = self.world.current in self.world.valid and account in jobs.owners.values()
        return account if lasts or lists else None

    def _kept(self) -> tuple[str, dict[str, Any], str | None]:
        secret = self.world.secret
        values = {version.id: version.value for version in secret.by_id.values() if version.labels}
        return secret.holder("AWSCURRENT").id, values, self.world.staged

    def _check(self, before: tuple[str, dict[str, Any], str | None]) -> None:
        """AWSCURRENT moves only to what Pictory takes, away from what stays AWSPREVIOUS; no value changes or goes."""
        current, values, _ = before
        secret = self.world.secret
        holder = secret.holder("AWSCURRENT")
        if holder.id != current:
            assert json.loads(holder.value)["api_key"] in self.world.valid
            assert secret.holder("AWSPREVIOUS").id == current
        pending = secret.holder("AWSPENDING")
        if pending is not None:
            assert ("CANDIDATE" in pending.labels) == (pending.value is not None)
        for id_, value in values.items():
            assert value is None or secret.by_id[id_].value == value

    def converge(self) -> None:
        """With a good candidate, the first clean run uses it, or makes way for the second."""
        world = self.world
        world.jobs.of_account["pictai_fresh"] = self._account()
        world.stage("pictai_fresh", hours_ago=0)
        pending = world.secret.holder("AWSPENDING")
        token = pending.id if world.junk else world.begin()
        with contextlib.suppress(RotationError):
            for name in STEPS:
                world.step(name, token)
        assert not world.junk
        if world.current != "pictai_fresh":
            world.run()
        assert world.current == "pictai_fresh"


def _goes_back(event: Any) -> bool:
    calls = event.calls if isinstance(event, AtOnce) else (event,)
    return any(isinstance(call, Call) and call.name == "rollback" for call in calls)


def history_test(examples: int, make_world: Any, *support: Any) -> None:
    # What a failed history looked like is printed: no database of them is kept beside the tests.
    @settings(
        max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )  # fmt: skip
    @given(HISTORIES)
    def any_history(history: list[list[Any]]) -> None:
        play = Play(make_world(), *support)
        with contextlib.redirect_stdout(Nowhere()):  # type: ignore[type-var]
            play.play(history)
            play.converge()

    any_history()


class Nowhere:
    """A log that nobody reads: thousands of histories write a lot of it."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        pass


def test_any_history_keeps_a_verified_key_loses_no_value_and_converges(
    make_world: Any, crash: type[BaseException], client_error: Any, at_once: Any
) -> None:
    history_test(200, make_world, crash, client_error, at_once)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
def test_ten_thousand_histories_keep_a_verified_key(
    part: int, make_world: Any, crash: type[BaseException], client_error: Any, at_once: Any
) -> None:
    history_test(10_000 // PARTS, make_world, crash, client_error, at_once)


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("kind", ["crash before", "crash after", "throttle", "lost answer"])
@pytest.mark.parametrize("nth", range(1, 8))
def test_rotation_cut_short_at_any_call_ends_with_the_new_key_when_tried_again(
    make_world: Any,
    crash: type[BaseException],
    client_error: Any,
    at_once: Any,
    name: str,
    kind: str,
    nth: int,
) -> None:
    play = Play(make_world(), crash, client_error, at_once)
    world = play.world
    world.key_in_use("pictai_old")
    world.stage("pictai_new")
    play.tokens.append(world.begin())
    for earlier in STEPS[: STEPS.index(name)]:
        world.step(earlier, play.tokens[-1])
    play._happen(Call(name, fault=Fault(kind, nth)))
    for again in STEPS:
        world.step(again, play.tokens[-1])
    assert (world.current, world.previous, world.junk) == ("pictai_new", "pictai_old", False)


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("turns", TURNS)
def test_step_run_twice_at_once_ends_with_the_new_key(
    make_world: Any, crash: type[BaseException], client_error: Any, at_once: Any, name: str, turns: Any
) -> None:
    play = Play(make_world(), crash, client_error, at_once)
    world = play.world
    world.key_in_use("pictai_old")
    world.stage("pictai_new")
    play.tokens.append(world.begin())
    for step in STEPS:
        play._happen(AtOnce((Call(step), Call(step)), turns) if step == name else Call(step))
    assert (world.current, world.previous, world.junk) == ("pictai_new", "pictai_old", False)
