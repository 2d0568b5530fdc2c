"""Programs in the shapes of Pictory's samples make a whole video: with Pictory, and unchanged through the gateway."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.gateway.settings import Client
from tests.gateway.official_shapes import KEY_FIRST, SKILL, TOKEN_FIRST, Program, in_order
from tests.gateway.running import way_out
from tests.gateway.stand_in import StandIn, stand_in

pytestmark = pytest.mark.envoy

RESULTS = "https://d3uryq9bhgb5qr.cloudfront.net/"
UNKNOWN_JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
PERMISSIONS = ("storyboards.write", "videos.render", "jobs.read", "media.upload")
CLIENTS = [
    Client(
        name="shapes", permissions=PERMISSIONS, rate_per_minute=10_000, allowed_sources=("pictory-stock",)
    ),
    Client(name="sourceless", permissions=PERMISSIONS, rate_per_minute=10_000),
]
EVERY = (*KEY_FIRST, SKILL, *TOKEN_FIRST)


def name(program: Program) -> str:
    return program.file


@pytest.fixture(scope="module")
def trusted(authority: Any, volume: Path) -> Path:
    """The file of the authority that the programs trust."""
    file = volume / "programs-ca.pem"
    file.write_bytes(authority.pem)
    return file


@pytest.fixture(scope="module")
def behind(authority: Any, volume: Path, kit: Any) -> Iterator[StandIn]:
    """The stand-in that the gateway calls."""
    with stand_in(certificate=authority.issue(kit.host, volume)) as running:
        yield running


@pytest.fixture(scope="module")
def local_certificate(authority: Any, volume: Path) -> tuple[Path, Path]:
    chain, key = authority.issue("localhost", volume)
    return chain, key


@pytest.fixture(scope="module")
def real_key(behind: StandIn) -> Any:
    return behind.admin.issue_key()


@pytest.fixture(scope="module")
def calling(
    kit: Any,
    authority: Any,
    token_key: Any,
    volume: Path,
    resolver: Any,
    behind: StandIn,
    local_certificate: tuple[Path, Path],
    real_key: Any,
) -> Iterator[Any]:
    """A gateway named ``localhost``, with the stand-in's key, that answers token requests."""
    for source, target in zip(local_certificate, ("tls.crt", "tls.key"), strict=True):
        shutil.copy(source, volume / target)
    keys = kit.KeyServer(volume / "sidecar.sock", [token_key.jwk])
    settings = kit.gateway_settings(
        min_tasks=1,
        token_endpoint=True,
        upstream=way_out(behind.port, resolver),
    )
    running = kit.Gateway(directory=volume, settings=settings, clients=CLIENTS, authority=authority)
    running.write_credential(real_key.api_key)
    credential = token_key.token("shapes")
    kit.eventually(
        lambda: running.call("GET", UNKNOWN_JOB, credential=credential).status == 404,
        what="Envoy reads the stand-in's key",
    )
    yield running
    running.close()
    keys.close()


@pytest.fixture
def pictory(behind: StandIn, calling: Any) -> StandIn:
    """The stand-in behind the gateway, without what it saw before."""
    behind.admin.reset()
    return behind


def credentials(program: Program, credential: str, *, client: str = "shapes") -> dict[str, str]:
    """The program's settings for the gateway."""
    if program.asks_for_token:
        user = {"PICTORY_USER_ID": "user-of-before"}
        return {"PICTORY_CLIENT_ID": client, "PICTORY_CLIENT_SECRET": credential, **user}
    return {"PICTORY_API_KEY": credential}


CASES = [
    *(pytest.param(one, "", id=one.file) for one in EVERY),
    *(pytest.param(one, "Bearer ", id=f"{one.file}-bearer") for one in (*KEY_FIRST, SKILL)),
]


@pytest.mark.parametrize(("program", "prefix"), CASES)
def test_program_when_it_calls_the_gateway_then_its_video_is_made(
    calling: Any,
    pictory: StandIn,
    token_key: Any,
    trusted: Path,
    real_key: Any,
    program: Program,
    prefix: str,
) -> None:
    settings = credentials(program, prefix + token_key.token("shapes"))
    video = program.run(port=calling.port, trusted=trusted, credentials=settings).video
    assert video["video_url"].startswith(RESULTS)
    assert video["job_id"] in video["video_url"]
    seen = pictory.admin.requests()
    assert in_order(seen) == program.operations
    assert {request.key_id for request in seen} == {real_key.id}
    assert {request.status for request in seen} == {200}
    assert all("x-pictory-user-id" not in request.headers for request in seen)


@pytest.mark.parametrize("program", EVERY, ids=name)
def test_program_when_its_credential_is_wrong_then_it_shows_the_refusal(
    calling: Any, pictory: StandIn, kit: Any, trusted: Path, program: Program
) -> None:
    malformed = "token_client_invalid" if program.asks_for_token else "credential_malformed"
    wrong = (("pictai_wrong", malformed), (kit.TokenKey().token("shapes"), "credential_invalid"))
    for credential, code in wrong:
        ended = program.run(port=calling.port, trusted=trusted, credentials=credentials(program, credential))
        assert ": 401 {" in ended.refusal
        assert f'"code":"{code}"' in ended.refusal
        assert "gateway credential" in ended.refusal
    assert not pictory.admin.requests()


@pytest.mark.parametrize("program", TOKEN_FIRST, ids=name)
def test_program_when_its_client_id_is_another_then_the_refusal_names_it(
    calling: Any, pictory: StandIn, token_key: Any, trusted: Path, program: Program
) -> None:
    settings = credentials(program, token_key.token("shapes"), client="sourceless")
    ended = program.run(port=calling.port, trusted=trusted, credentials=settings)
    assert '"code":"token_client_invalid"' in ended.refusal
    assert "client_id" in ended.refusal
    assert not pictory.admin.requests()


@pytest.mark.parametrize("program", TOKEN_FIRST, ids=name)
def test_program_when_stock_is_not_allowed_then_its_render_is_refused(
    calling: Any, pictory: StandIn, token_key: Any, trusted: Path, program: Program
) -> None:
    settings = credentials(program, token_key.token("sourceless"), client="sourceless")
    ended = program.run(port=calling.port, trusted=trusted, credentials=settings)
    assert '"code":"body_host_not_allowed"' in ended.refusal
    assert "tracks.melod.ie" in ended.refusal
    assert in_order(pictory.admin.requests()) == program.operations[:3], "no render reached Pictory"


# --- without a gateway ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def alone(local_certificate: tuple[Path, Path]) -> Iterator[StandIn]:
    """A stand-in that the programs call themselves."""
    with stand_in(certificate=local_certificate) as running:
        yield running


@pytest.fixture
def own(alone: StandIn) -> StandIn:
    """The same, without what it saw before."""
    alone.admin.reset()
    return alone


@pytest.mark.parametrize("program", [*KEY_FIRST, *TOKEN_FIRST], ids=name)
def test_program_when_it_calls_pictory_itself_then_its_video_is_made(
    own: StandIn, trusted: Path, program: Program
) -> None:
    if program.asks_for_token:
        client = own.admin.issue_client()
        id_, first = client.id, ("oauth2.token",)
        settings = {
            "PICTORY_CLIENT_ID": client.client_id,
            "PICTORY_CLIENT_SECRET": client.client_secret,
            "PICTORY_USER_ID": client.user_id,
        }
    else:
        key = own.admin.issue_key()
        id_, first, settings = key.id, (), {"PICTORY_API_KEY": key.api_key}
    video = program.run(port=own.port, trusted=trusted, credentials=settings).video
    assert video["video_url"].startswith(RESULTS)
    seen = own.admin.requests()
    assert in_order(seen) == (*first, *program.operations)
    called = [request for request in seen if request.operation != "oauth2.token"]
    assert {request.key_id for request in called} == {id_}
    assert {"x-pictory-user-id" in request.headers for request in called} == {program.asks_for_token}


def test_skill_when_it_calls_pictory_itself_then_its_agent_is_refused(own: StandIn, trusted: Path) -> None:
    # The gateway sends a User-Agent of its own, which is why the same program makes its video there.
    settings = {"PICTORY_API_KEY": own.admin.issue_key().api_key}
    ended = SKILL.run(port=own.port, trusted=trusted, credentials=settings)
    assert ended.refusal.strip().endswith("403 error code: 1010")
    assert [request.status for request in own.admin.requests()] == [403]


@pytest.mark.parametrize("program", [*KEY_FIRST, *TOKEN_FIRST], ids=name)
def test_program_when_pictory_does_not_know_its_credential_then_it_says_so(
    own: StandIn, trusted: Path, program: Program
) -> None:
    ended = program.run(port=own.port, trusted=trusted, credentials=credentials(program, "wrong"))
    assert ': 401 {"message":"Unauthorized"}' in ended.refusal
