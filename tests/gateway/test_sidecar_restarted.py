"""A sidecar that is started again goes on where the one before it was, while AWS cannot be asked, and no longer."""

import datetime as dt
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pictory_egress.gateway.runtime import registered
from pictory_egress.gateway.runtime.admission import Admission
from pictory_egress.gateway.runtime.confirmed import KEEP_SECONDS
from pictory_egress.gateway.runtime.credential import OAuthClient
from pictory_egress.gateway.runtime.keeper import Keeper
from pictory_egress.gateway.runtime.log import Log
from pictory_egress.gateway.runtime.oauth import Token, TokenRefusedError
from pictory_egress.gateway.runtime.open_tunnels import OpenTunnels
from pictory_egress.gateway.runtime.records import Record
from pictory_egress.gateway.runtime.registry import Snapshot
from pictory_egress.gateway.runtime.secret import Version
from pictory_egress.gateway.runtime.volume import Volume

KEY = json.dumps({"mode": "api-key", "api_key": "pictai_a"})
CLIENT = json.dumps({"mode": "oauth", "client_id": "id", "client_secret": "hidden", "user_id": "user-1"})
TOKEN_SECONDS = 3600.0
GOOD = Record(client="reports", jti="good", issued_at=0, expires_at=2**33, kid="kid")


class Aws:
    """Secrets Manager and the registry, as far as the sidecar asks them; neither answers when ``down``."""

    pending, half_finished = None, False

    def __init__(self) -> None:
        self.down, self.value, self.id = False, KEY, "v1"

    def version(self, *, again: bool) -> Version:
        self._answer()
        return Version(self.id, dt.datetime(2026, 1, 1, tzinfo=dt.UTC), self.value)

    def registry(self) -> Snapshot:
        self._answer()
        return Snapshot(version=7, signing="arn:2", trusted=("arn:1", "arn:2"), records=(GOOD,))

    def _answer(self) -> None:
        if self.down:
            raise ConnectionError


class World:
    """A volume that stays, and one sidecar after the other."""

    def __init__(self, directory: Path) -> None:
        self.now, self.aws, self.volume, self.out = 1000.0, Aws(), Volume(directory), io.StringIO()
        self.pictory_down = False
        self.volume.replace(self.volume.token, b"")
        self.volume.replace(self.volume.user_id, b"")
        self.volume.replace(self.volume.registered, registered.nobody())
        self.start()

    def start(self) -> None:
        def clock() -> float:
            return self.now

        secret: Any = SimpleNamespace(current=self.aws.version, pending=None, half_finished=False)
        endpoint: Any = SimpleNamespace(exchange=self._exchange)
        self.keeper = Keeper(
            secret=secret,
            mode="api-key" if self.aws.value == KEY else "oauth",
            endpoint=endpoint,
            volume=self.volume,
            log=Log(self.out),
            clock=clock,
        )
        registry: Any = SimpleNamespace(current=self.aws.registry)
        self.admission = Admission(
            registry=registry,
            environment="test",
            volume=self.volume,
            tunnels=OpenTunnels(log=Log(io.StringIO())),
            log=Log(self.out),
            clock=clock,
        )
        self.keeper.resume()
        self.admission.resume()

    def step(self, seconds: float = 2.0) -> str:
        """The credential that Envoy adds, ``seconds`` later."""
        self.now += seconds
        self.keeper.step()
        self.admission.step()
        return self.volume.token.read_text()

    def lets_in(self) -> bool:
        return b"pictory-egress:test/reports/good" in self.volume.registered.read_bytes()

    def events(self) -> list[str]:
        return [json.loads(line)["event"] for line in self.out.getvalue().splitlines()]

    def _exchange(self, client: OAuthClient) -> Token:
        if self.pictory_down:
            raise TokenRefusedError("status_500")
        return Token("token-1", self.now + TOKEN_SECONDS * 0.75, self.now + TOKEN_SECONDS)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_first_start_when_nothing_is_left_then_nothing_is_good(world: World) -> None:
    assert world.keeper.status().ready is False
    assert world.admission.status()["registry_version"] is None
    assert world.events() == []


def test_restart_when_aws_is_down_then_key_and_list_stay_for_the_rest_of_their_day_and_no_longer(
    world: World,
) -> None:
    assert world.step() == "pictai_a"
    world.aws.down = True
    # Each restart would begin another day, if the age were not kept.
    for _ in range(4):
        assert world.step(KEEP_SECONDS / 5) == "pictai_a"
        world.start()
        status = world.keeper.status()
        assert (status.ready, status.version_id) == (True, "v1")
        assert world.admission.status()["registry_version"] == 7
        assert world.admission.trusted == ("arn:1", "arn:2")
        assert world.step(0) == "pictai_a"
        assert world.lets_in()
    assert world.keeper.status().unconfirmed_seconds == int(KEEP_SECONDS * 4 / 5)
    assert world.admission.status()["registry_unconfirmed_seconds"] == int(KEEP_SECONDS * 4 / 5)
    assert world.step(KEEP_SECONDS / 5 + 1) == ""
    assert not world.lets_in()
    assert {"credential_withdrawn", "registry_withdrawn"} <= set(world.events())
    # Nor does a restart bring back what was taken away.
    world.start()
    assert world.step() == ""
    assert not world.lets_in()
    world.aws.down = False
    assert world.step() == "pictai_a"
    assert world.lets_in()


def test_restart_when_the_day_ended_while_no_sidecar_ran_then_the_first_look_takes_key_and_list_away(
    world: World,
) -> None:
    world.step()
    world.aws.down = True
    world.now += KEEP_SECONDS + 1
    world.start()
    assert world.step(0) == ""
    assert not world.lets_in()


def test_note_when_the_key_stays_then_it_is_at_most_a_minute_behind_and_written_once_a_minute(
    world: World,
) -> None:
    notes = set()
    for _ in range(150):
        world.step()
        note = world.volume.token_confirmed.read_text()
        notes.add(note)
        assert 0 <= world.now - json.loads(note)["confirmed_at"] <= 60
    assert len(notes) == 5
    assert "pictai_" not in "".join(notes)
    assert world.volume.token_confirmed.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "left",
    [
        None, "", "{", "[]", "7", "{}", '{"confirmed_at":"soon"}', '{"confirmed_at":1e9}', '{"confirmed_at":NaN}',
        '{"confirmed_at":1000}', '{"confirmed_at":-Infinity}', '{"confirmed_at":null}',
        '{"confirmed_at":1000,"version_id":"v1","created":"x","expires_at":null,"version":"x","trusted":7}',
        '{"confirmed_at":1000,"version_id":"v1","created":1e99,"expires_at":null,"version":null,"trusted":[]}',
    ],
)  # fmt: skip
def test_restart_when_the_age_is_not_known_then_key_and_list_are_taken_away_until_aws_answers(
    world: World, left: str | None
) -> None:
    world.step()
    for path in (world.volume.token_confirmed, world.volume.registered_confirmed):
        path.unlink() if left is None else path.write_text(left)
    world.start()
    assert (world.volume.token.read_text(), world.lets_in()) == ("", False)
    assert world.keeper.status().ready is False
    assert world.step() == "pictai_a"
    assert world.lets_in()


def test_restart_when_the_key_has_changed_meanwhile_then_the_new_one_is_taken_up(world: World) -> None:
    world.step()
    world.start()
    world.aws.value, world.aws.id = KEY.replace("pictai_a", "pictai_b"), "v2"
    assert world.step() == "pictai_b"
    assert json.loads(world.volume.token_confirmed.read_text())["version_id"] == "v2"


def test_restart_when_a_token_is_left_then_it_serves_to_its_own_end_and_no_longer(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.aws.value = CLIENT
    world.start()
    assert world.step() == "token-1"
    world.aws.down = world.pictory_down = True
    world.start()
    assert world.step(TOKEN_SECONDS - 10) == "token-1"
    assert world.volume.user_id.read_text() == "user-1"
    world.start()
    assert world.step(11) == ""
    assert world.volume.user_id.read_text() == ""
