"""The load balancer's own answers, when no target gives one."""

from http import HTTPStatus
from typing import Final

from aiohttp import web

from sandbox.front.routing import FixedResponse
from sandbox.front.waf.acl import Block

SERVER: Final = "awselb/2.0"


def page(status: int) -> web.Response:
    """The plain page for ``status``."""
    try:
        phrase = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = str(status)
    body = f"<body>\r\n<center><h1>{phrase}</h1></center>\r\n</body>"
    text = f"<html>\r\n<head><title>{phrase}</title></head>\r\n{body}\r\n</html>\r\n"
    return _own(web.Response(status=status, text=text, content_type="text/html"))


def fixed(response: FixedResponse) -> web.Response:
    """What a listener rule says."""
    body = response.body.encode()
    return _own(
        web.Response(status=response.status, body=body, headers={"Content-Type": response.content_type})
    )


def blocked(block: Block) -> web.Response:
    """What the web ACL says; the load balancer's page when it says nothing."""
    response = page(block.status)
    if block.body is not None:
        response = _own(
            web.Response(
                status=block.status, body=block.body.encode(), headers={"Content-Type": block.content_type}
            )
        )
    for name, value in block.headers:
        response.headers[name] = value
    return response


def _own(response: web.Response) -> web.Response:
    response.headers["Server"] = SERVER
    return response
