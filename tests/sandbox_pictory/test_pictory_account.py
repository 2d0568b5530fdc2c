"""The rotation function against the stand-in: a key of another account is told apart although the old key is dead."""

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from pictory_egress.credentials.runtime.configuration import Configuration
from pictory_egress.credentials.runtime.errors import RefusedError
from pictory_egress.credentials.runtime.pictory import Pictory as Client
from tests.credentials.conftest import World

if TYPE_CHECKING:
    from tests.sandbox_pictory.conftest import Pictory

STORYBOARD = {"videoName": "Launch", "scenes": [{"story": "one two three"}]}


@pytest.fixture
def world(pictory: "Pictory") -> World:
    """The rules of Secrets Manager, with the function's own client and real TLS to the stand-in."""
    from tests.sandbox_pictory.conftest import ADDRESS

    world = World()
    world.environment |= {"PICTORY_HOST": ADDRESS, "PICTORY_PORT": str(pictory.port)}
    client = Client(Configuration.from_environment(world.environment), context=pictory.tls)
    world.verify, world.jobs = client.verify, SimpleNamespace(pictory=lambda: client)  # type: ignore[method-assign,assignment]
    return world


def test_key_of_another_account_is_refused_after_a_hard_cutover_and_one_of_the_same_is_taken(
    world: World, pictory: "Pictory", capsys: pytest.CaptureFixture[str]
) -> None:
    first = pictory.admin.issue_key(account="rotation").api_key
    made = pictory.call("POST", "/v2/video/storyboard", key=first, body=STORYBOARD)
    world.stage(first)
    world.run()
    assert world.witness == [made.json["data"]["jobId"]]
    second = pictory.admin.issue_key(account="rotation", overlap_seconds=0).api_key
    assert pictory.call("GET", "/v1/quota", key=first).status == 401
    world.stage(pictory.admin.issue_key(account="stranger").api_key)
    with pytest.raises(RefusedError, match="another_account"):
        world.run()
    assert (world.current, world.junk) == (first, False)
    world.stage(second)
    world.run()
    assert (world.current, world.previous) == (second, first)
    said = capsys.readouterr().out
    assert '"same_account"' in said
    assert not any(word in said for word in (first, second, world.witness[0]))


def test_key_when_the_account_never_had_a_job_is_promoted_as_unproven(
    world: World, pictory: "Pictory", capsys: pytest.CaptureFixture[str]
) -> None:
    world.stage(pictory.admin.issue_key(account="rotation", overlap_seconds=0).api_key)
    world.run()
    world.stage(pictory.admin.issue_key(account="rotation", overlap_seconds=0).api_key)
    world.run()
    assert world.witness == []
    assert '"account_unknown"' in capsys.readouterr().out
