"""The stand-in's asset hosts: results, and uploads read back."""

import asyncio
from typing import Any

import pytest

from pictory_egress.api.hosts import ASSET_HOSTS, UPLOAD_HOST
from sandbox.pictory.assets import RESULT, Assets


class Request:
    def __init__(self, method: str, host: str, path: str, body: bytes = b"", **headers: str) -> None:
        self.method, self.host, self.headers = method, host, headers
        self.rel_url = type("Url", (), {"raw_path": path})
        self._body = body

    async def read(self) -> bytes:
        return self._body


@pytest.mark.parametrize("host", ASSET_HOSTS)
def test_host_when_one_of_the_asset_hosts_then_it_is_served(host: str) -> None:
    for written in (host, f"{host}:443", host.upper()):
        request: Any = Request("GET", written, "/x")
        assert Assets.serves(request)
    other: Any = Request("GET", "api.pictory.ai", "/x")
    assert not Assets.serves(other)


async def answer(assets: Assets, request: Any) -> tuple[int, bytes | None]:
    response = await assets.handle(request)
    return response.status, response.body if isinstance(response.body, bytes) else None


def test_file_when_uploaded_then_another_host_has_it_and_results_are_results() -> None:
    assets, reader = Assets(), ASSET_HOSTS[1]

    async def story() -> None:
        assert await answer(assets, Request("GET", reader, "/a")) == (200, RESULT)
        assert (await answer(assets, Request("PUT", UPLOAD_HOST, "/a", b"mine")))[0] == 200
        assert await answer(assets, Request("GET", reader, "/a")) == (200, b"mine")

    asyncio.run(story())


def test_credential_when_sent_to_an_asset_host_then_400() -> None:
    request = Request("PUT", UPLOAD_HOST, "/a", b"mine", Authorization="pictai_x")

    async def story() -> None:
        assert (await answer(Assets(), request))[0] == 400
        assert (await answer(Assets(), Request("GET", UPLOAD_HOST, "/a")))[0] == 403

    asyncio.run(story())
