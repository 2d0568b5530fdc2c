"""The sandbox's own client of the proxy, which stands for programs that are given ``HTTPS_PROXY``."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from sandbox.proxy_client import ProxyClient

pytestmark = pytest.mark.envoy

URL = "https://video.pictory.ai/result.mp4"
PROXY_NAME = "localhost"


@pytest.fixture(scope="module")
def volume(volume: Path, authority: Any) -> Path:
    """With a certificate for the name that a client here can resolve."""
    chain, key = authority.issue(PROXY_NAME, volume)
    shutil.copy(chain, volume / "tls.crt")
    shutil.copy(key, volume / "tls.key")
    return volume


def _client(proxy: Any, credential: str) -> ProxyClient:
    return ProxyClient(f"https://{PROXY_NAME}:{proxy.connect_port}", credential, proxy.directory / "ca.pem")


def test_client_when_it_downloads_and_uploads_then_it_asks_by_http_1_1(
    proxy: Any, token_key: Any, assets: Any, kit: Any
) -> None:
    assets.reset()
    assets.answer = kit.Answer(body=b"result")
    client = _client(proxy, token_key.token("studio"))
    assert client.request("GET", URL) == (200, b"result")
    assert client.request("PUT", URL, body=b"upload") == (200, b"result")
    assert [(seen.method, seen.body) for seen in assets.received] == [("GET", b""), ("PUT", b"upload")]
    assert not any(seen.header("proxy-authorization") for seen in assets.received)


@pytest.mark.parametrize(
    ("client", "status", "code"),
    [("reports", 403, "tunnel_not_granted"), ("unknown", 407, "tunnel_credential_invalid")],
)
def test_client_when_refused_then_it_gets_the_status_and_the_code(
    proxy: Any, token_key: Any, assets: Any, client: str, status: int, code: str
) -> None:
    assets.reset()
    asking = _client(proxy, token_key.token(client))
    assert asking.refusal("video.pictory.ai:443") == (status, code)
    assert not assets.handshakes
