"""The sidecar keeps the credential: new ones at once, the last good one through outages, then none."""

import datetime as dt
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pictory_egress.gateway.runtime.keeper import KEEP_SECONDS, Keeper
from pictory_egress.gateway.runtime.log import Log
from pictory_egress.gateway.runtime.oauth import Token, TokenRefusedError
from pictory_egress.gateway.runtime.secret import Secret
from pictory_egress.gateway.runtime.volume import Volume

OAUTH = {"mode": "oauth", "client_id": "id", "client_secret": "hidden-secret", "user_id": "user-1"}


class SecretsManager:
    """As much of the client as the sidecar uses."""

    def __init__(self) -> None:
        self.value: str | None = None
        self.version, self.reads, self.error = 0, 0, ""
        self.stages: dict[str, list[str]] = {}

    def put(self, value: dict[str, Any] | str) -> None:
        self.value = value if isinstance(value, str) else json.dumps(value)
        self.version += 1

    def describe_secret(self, SecretId: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
        self._fail()
        old = {f"v{self.version - 1}": ["AWSPREVIOUS"]} if self.version > 1 else {}
        current = {f"v{self.version}": ["AWSCURRENT"]} if self.version else {}
        return {"VersionIdsToStages": old | current | self.stages}

    def get_secret_value(self, SecretId: str, VersionStage: str) -> dict[str, Any]:  # noqa: N803
        self._fail()
        self.reads += 1
        created = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=100)
        return {"VersionId": f"v{self.version}", "CreatedDate": created, "SecretString": self.value}

    def _fail(self) -> None:
        if self.error:
            error = RuntimeError()
            error.response = {"Error": {"Code": self.error}}  # type: ignore[attr-defined]
            raise error


class Endpoint:
    """Gives numbered tokens that live for 100 seconds."""

    def __init__(self, world: Any) -> None:
        self.world, self.exchanges, self.refuses = world, 0, False

    def exchange(self, client: Any) -> Token:
        self.exchanges += 1
        if self.refuses:
            raise TokenRefusedError("status_500")
        now = self.world.now
        return Token(value=f"token-{self.exchanges}", renew_at=now + 75, expires_at=now + 100)


def make_world(directory: Path, *, mode: Any) -> Any:
    world = SimpleNamespace(now=1000.0, aws=SecretsManager(), out=io.StringIO(), volume=Volume(directory))
    world.endpoint = Endpoint(world)
    world.keeper = Keeper(
        secret=Secret(world.aws, "arn"),
        mode=mode,
        endpoint=world.endpoint,
        volume=world.volume,
        log=Log(world.out),
        clock=lambda: world.now,
    )
    world.volume.token.write_text("")
    world.volume.user_id.write_text("")

    def step(seconds: float = 2.0) -> str:
        world.now += seconds
        world.keeper.step()
        text: str = world.volume.token.read_text()
        return text

    world.step = step
    world.events = lambda: [json.loads(line) for line in world.out.getvalue().splitlines()]
    return world


@pytest.fixture
def world(tmp_path: Path) -> Any:
    return make_world(tmp_path, mode="api-key")


@pytest.fixture
def oauth(tmp_path: Path) -> Any:
    world = make_world(tmp_path, mode="oauth")
    world.aws.put(OAUTH)
    return world


def test_secret_when_empty_then_no_credential_and_it_is_said_once_a_minute(world: Any) -> None:
    for _ in range(40):
        assert world.step() == ""
    said = [(event["event"], event["reason"]) for event in world.events()]
    assert said == [("credential_failed", "secret_empty")] * 2
    assert world.keeper.status().ready is False


def test_secret_when_it_changes_then_the_file_follows_and_its_value_is_read_once(world: Any) -> None:
    world.aws.put({"mode": "api-key", "api_key": "pictai_a"})
    assert world.step() == "pictai_a"
    assert [world.step() for _ in range(5)] == ["pictai_a"] * 5
    assert world.aws.reads == 1
    world.aws.put({"mode": "api-key", "api_key": "pictai_b"})
    assert world.step() == "pictai_b"
    assert (world.aws.reads, world.keeper.status().version_id) == (2, "v2")
    assert world.volume.token.stat().st_mode & 0o777 == 0o600
    assert 100 <= world.keeper.status().credential_age_seconds < 110
    assert "pictai_" not in world.out.getvalue()


@pytest.mark.parametrize(
    "value",
    [
        "not json", "[]", "{}", '{"mode":"api-key"}', '{"mode":"api-key","api_key":""}',
        '{"mode":"api-key","api_key":"two words"}', '{"mode":"api-key","api_key":"a\\r\\nx-other: 1"}',
        '{"mode":"api-key","api_key":7}', json.dumps(OAUTH), "[" * 5000,
    ],
)  # fmt: skip
def test_secret_when_malformed_then_the_last_good_one_stays_and_nothing_of_it_is_logged(
    world: Any, value: str
) -> None:
    world.aws.put({"mode": "api-key", "api_key": "pictai_a"})
    world.step()
    world.aws.put(value)
    assert world.step() == "pictai_a"
    last = world.events()[-1]
    assert (last["event"], last["reason"], last["kept"]) == ("credential_failed", "secret_malformed", True)
    assert "two words" not in world.out.getvalue()
    assert "hidden-secret" not in world.out.getvalue()


def test_secrets_manager_when_down_then_the_last_good_one_serves_for_its_time_and_then_none(
    world: Any,
) -> None:
    world.aws.put({"mode": "api-key", "api_key": "pictai_a"})
    world.step()
    world.aws.error = "InternalServiceError"
    assert world.step(KEEP_SECONDS - 10) == "pictai_a"
    assert world.step(20) == ""
    assert world.events()[-1]["event"] == "credential_withdrawn"
    assert {e["reason"] for e in world.events() if e["event"] == "credential_failed"} == {
        "InternalServiceError"
    }
    world.aws.error = ""
    assert world.step() == "pictai_a"


def test_pictory_when_it_refuses_the_key_then_the_value_is_read_again_but_not_all_the_time(
    world: Any,
) -> None:
    world.aws.put({"mode": "api-key", "api_key": "pictai_a"})
    world.step()
    for _ in range(10):
        world.keeper.look_again()
        world.step(1)
    assert world.aws.reads == 2


def test_token_when_it_nears_its_end_then_it_is_renewed_before(oauth: Any) -> None:
    assert [oauth.step(10) for _ in range(12)] == ["token-1"] * 8 + ["token-2"] * 4
    assert oauth.volume.user_id.read_text() == "user-1"
    assert oauth.endpoint.exchanges == 2
    assert "token-" not in oauth.out.getvalue()


def test_token_when_it_cannot_be_renewed_then_it_serves_to_its_end_and_then_none(oauth: Any) -> None:
    oauth.step()
    oauth.endpoint.refuses = True
    tokens = [oauth.step(10) for _ in range(12)]
    assert tokens == ["token-1"] * 9 + [""] * 3
    assert oauth.volume.user_id.read_text() == ""
    # Tried again and again, but ever more slowly.
    assert 2 <= oauth.endpoint.exchanges - 1 <= 6
    oauth.endpoint.refuses = False
    assert oauth.step(61).startswith("token-")


def test_token_when_the_client_changes_then_the_old_one_serves_until_the_new_one_is_there(oauth: Any) -> None:
    oauth.step()
    oauth.endpoint.refuses = True
    oauth.aws.put(OAUTH | {"client_secret": "next", "user_id": "user-2"})
    assert oauth.step() == "token-1"
    oauth.endpoint.refuses = False
    assert oauth.step(61) == "token-3"
    assert oauth.volume.user_id.read_text() == "user-2"


def test_token_when_pictory_refuses_it_then_it_is_renewed_at_once(oauth: Any) -> None:
    oauth.step()
    oauth.keeper.look_again()
    assert oauth.step() == "token-2"


def test_status_when_the_new_key_is_not_usable_yet_tells_that_the_old_one_is_in_use(oauth: Any) -> None:
    oauth.step()
    assert (oauth.keeper.status().version_id, oauth.keeper.status().unconfirmed_seconds) == ("v1", 0)
    oauth.endpoint.refuses = True
    oauth.aws.put(OAUTH | {"client_secret": "next"})
    for _ in range(5):
        oauth.step(4)
    assert (oauth.keeper.status().version_id, oauth.keeper.status().unconfirmed_seconds) == ("v1", 20)
    oauth.endpoint.refuses = False
    oauth.step(61)
    assert (oauth.keeper.status().version_id, oauth.keeper.status().unconfirmed_seconds) == ("v2", 0)


def test_status_when_secrets_manager_is_down_counts_since_the_key_was_last_confirmed(world: Any) -> None:
    world.aws.put({"mode": "api-key", "api_key": "pictai_a"})
    world.step()
    world.aws.error = "InternalServiceError"
    world.step(30)
    assert world.keeper.status().unconfirmed_seconds == 30


def test_status_when_the_same_key_is_current_as_another_version_names_that_one(world: Any) -> None:
    for version in ("v1", "v2"):
        world.aws.put({"mode": "api-key", "api_key": "pictai_a"})
        world.step()
        assert world.keeper.status().version_id == version


def test_status_when_a_rotation_is_open_tells_for_how_long_and_whether_it_took_a_key(world: Any) -> None:
    def open_() -> tuple[int, int]:
        status = world.keeper.status()
        return status.pending_seconds, status.half_finished_seconds

    world.aws.put({"mode": "api-key", "api_key": "pictai_a"})
    world.step()
    assert open_() == (0, 0)
    for version in ("one", "two"):
        world.aws.stages = {version: ["AWSPENDING"]}
        assert [world.step(10) and open_() for _ in range(3)] == [(0, 0), (10, 0), (20, 0)]
    world.aws.stages = {"two": ["AWSPENDING", "CANDIDATE"]}
    assert [world.step(10) and open_() for _ in range(2)] == [(0, 30), (0, 40)]
    world.aws.stages = {"v1": ["AWSCURRENT", "AWSPENDING", "CANDIDATE"]}
    world.step()
    assert open_() == (0, 0)
