"""Carries a request to a target and its answer back, streaming both ways, with a load balancer's errors."""

import asyncio
from typing import Final

import aiohttp
from aiohttp import web
from yarl import URL

from sandbox.front import headers, pages
from sandbox.front.body import Body
from sandbox.front.deployed import Deployed
from sandbox.front.targets import TargetPool

CONNECT_SECONDS: Final = 10
"""How long a load balancer tries to connect to a target."""

_CHUNK: Final = 64 * 1024
_AUTOMATIC: Final = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


async def forward(
    request: web.BaseRequest, body: Body, *, pool: TargetPool, deployed: Deployed, client_address: str
) -> tuple[web.StreamResponse, bool]:
    """The target's answer and true; or 502, 503 or 504 as a load balancer gives them, and false."""
    flight = pool.pick()
    if flight is None:
        return pages.page(503), False
    sent = headers.forwarded(
        request.headers.items(),
        client_address=client_address,
        port=deployed.port,
        forwarded_for=deployed.forwarded_for,
        drop_invalid=deployed.drop_invalid_headers,
    )
    target = flight.target
    url = URL(f"{pool.group.scheme}://{target}{request.raw_path}", encoded=True)
    has_body = request.body_exists
    try:
        async with pool.session.request(
            request.method,
            url,
            headers=sent,
            data=body.chunks() if has_body else None,
            skip_auto_headers=_AUTOMATIC,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=CONNECT_SECONDS, sock_read=deployed.idle_seconds
            ),
        ) as answer:
            return await _give_back(request, answer), True
    except (aiohttp.ServerTimeoutError, TimeoutError):
        return pages.page(504), False
    except (aiohttp.ClientError, OSError):
        return pages.page(502), False
    finally:
        flight.land()


async def _give_back(request: web.BaseRequest, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    kept = headers.answered(answer.headers.items())
    if answer.content_length is not None and answer.content_length <= _CHUNK and request.method != "HEAD":
        # Small answers go in one piece, which is cheaper.
        data = await answer.read()
        kept.popall("Content-Length", None)
        return _plain(web.Response(status=answer.status, reason=answer.reason, body=data, headers=kept))
    response = _plain(web.StreamResponse(status=answer.status, reason=answer.reason, headers=kept))
    await response.prepare(request)
    try:
        async for chunk in answer.content.iter_chunked(_CHUNK):
            await response.write(chunk)
        await response.write_eof()
    except (aiohttp.ClientError, TimeoutError, ConnectionError, asyncio.CancelledError) as error:
        # The answer has begun: all that is left is to break off, so that its end is not mistaken for whole.
        if request.transport is not None:
            request.transport.abort()
        if isinstance(error, asyncio.CancelledError):
            raise
    return response


def _plain(response: web.StreamResponse) -> web.StreamResponse:
    # An answer without a media type stays without one.
    if "Content-Type" not in response.headers:
        response.headers["Content-Type"] = "application/octet-stream"
    return response
