"""A gateway on loopback: the real Envoy between a client and a small stand-in for Pictory, DNS and key server."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pictory_egress.gateway.settings import Client
from tests.gateway import tasks
from tests.gateway.running import Gateway, gateway_settings, way_out
from tests.gateway.servers import Answer, KeyServer, Resolver, Upstream, serve_pictory
from tests.gateway.trust import API_KEY, HOST, Authority, TokenKey, eventually
from tests.gateway.tunneling import Tunnel, basic


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="session")
def token_key() -> TokenKey:
    return TokenKey()


@pytest.fixture(scope="module")
def volume() -> Iterator[Path]:
    # UNIX socket paths hold 107 characters: pytest's own directories can be longer.
    directory = Path(tempfile.mkdtemp(prefix="gw-"))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="module")
def upstream(authority: Authority, volume: Path) -> Iterator[Upstream]:
    state = Upstream()
    server = serve_pictory(state, certificate=authority.issue(HOST, volume), address="127.0.0.1")
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def resolver() -> Iterator[Resolver]:
    server = Resolver("127.0.0.1")
    yield server
    server.close()


CLIENTS = [
    Client(name="reports", permissions=("jobs.read", "jobs.list", "media.search")),
    Client(
        name="studio", permissions=("storyboards.write", "templates.write", "templates.upload", "media.upload"),
        allowed_hosts=("hooks.example.com",),
    ),
    Client(name="writer", permissions=("storyboards.write",)),
    Client(name="single", operations=("account.quota",)),
    Client(name="slow", permissions=("account.read",), rate_per_minute=2),
]  # fmt: skip


@pytest.fixture(scope="module")
def gateway(
    authority: Authority, token_key: TokenKey, volume: Path, upstream: Upstream, resolver: Resolver
) -> Iterator[Gateway]:
    keys = KeyServer(volume / "sidecar.sock", [token_key.jwk])
    settings = gateway_settings(
        min_tasks=1,
        upstream=way_out(upstream.port, resolver),
    )
    running = Gateway(directory=volume, settings=settings, clients=CLIENTS, authority=authority)
    yield running
    running.close()
    keys.close()


ASSET_HOST = "video.pictory.ai"
TUNNEL_FIELDS = {
    "kind", "time", "request_id", "client", "host", "decision", "reason", "status", "details", "duration_ms",
    "bytes_received", "bytes_sent", "flags",
}  # fmt: skip


@pytest.fixture(scope="module")
def assets(kit: Any, authority: Any, volume: Path) -> Iterator[Any]:
    """An asset host."""
    state = kit.Upstream()
    server = kit.serve_pictory(state, certificate=authority.issue(ASSET_HOST, volume), address="127.0.0.1")
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def tunnel_limits() -> dict[str, int]:
    """Small, so that tests reach them."""
    return {"max_seconds": 3, "max_upload_mib": 1, "max_download_mib": 24}


@pytest.fixture(scope="module")
def proxy(
    kit: Any,
    authority: Any,
    token_key: Any,
    volume: Path,
    assets: Any,
    resolver: Any,
    tunnel_limits: dict[str, int],
) -> Iterator[Any]:
    """A gateway that is asked for tunnels."""
    keys = kit.KeyServer(volume / "sidecar.sock", [token_key.jwk])
    settings = kit.gateway_settings(
        min_tasks=1,
        upstream=way_out(assets.port, resolver),
        connect={"domain": "proxy.example.com", "tunnels_per_minute": 2_000, **tunnel_limits},
    )
    clients = [
        Client(name="studio", permissions=("jobs.read", "assets.connect")),
        Client(name="downloads", permissions=("assets.connect",)),
        Client(name="reports", permissions=("jobs.read",)),
    ]
    running = kit.Gateway(directory=volume, settings=settings, clients=clients, authority=authority)
    resolver.addresses[:] = ["127.0.0.1"]
    running.wait_for_tunnels()
    yield running
    running.close()
    keys.close()


@pytest.fixture
def tunnel(kit: Any, proxy: Any) -> Iterator[Callable[[], Any]]:
    opened = []

    def connect() -> Any:
        opened.append(kit.Tunnel(proxy))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()


@pytest.fixture
def bearer(token_key: Any) -> str:
    return f"Bearer {token_key.token('studio')}"


@pytest.fixture
def line_of(proxy: Any) -> Callable[[Any], dict[str, Any]]:
    """The one line that a request for a tunnel left."""

    def find(reply: Any) -> dict[str, Any]:
        line = proxy.log_of(reply)
        same = [one for one in proxy.log() if one["request_id"] == line["request_id"]]
        assert same == [line]
        assert set(line) == TUNNEL_FIELDS
        assert line["kind"] == "tunnel"
        return dict(line)

    return find


@pytest.fixture(autouse=True)
def _clean(request: pytest.FixtureRequest) -> None:
    if "upstream" in request.fixturenames:
        request.getfixturevalue("upstream").reset()


KIT = SimpleNamespace(
    api_key=API_KEY,
    host=HOST,
    eventually=eventually,
    gateway_settings=gateway_settings,
    serve_pictory=serve_pictory,
    Answer=Answer,
    Authority=Authority,
    Gateway=Gateway,
    KeyServer=KeyServer,
    Resolver=Resolver,
    TokenKey=TokenKey,
    Tunnel=Tunnel,
    Upstream=Upstream,
    basic=basic,
)
"""What tests take from here: test modules cannot import each other."""


@pytest.fixture(scope="session")
def kit() -> SimpleNamespace:
    return KIT


@pytest.fixture
def account(tmp_path: Path) -> Iterator[tasks.Account]:
    with tasks.account(tmp_path) as account:
        yield account


@pytest.fixture
def task(
    account: tasks.Account, authority: Any, volume: Path, upstream: Any, resolver: Any
) -> Iterator[tasks.Task]:
    with tasks.task(
        account=account, volume=volume, upstream=upstream, resolver=resolver, authority=authority
    ) as task:
        yield task
