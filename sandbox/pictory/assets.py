"""Pictory's asset hosts: results to download, and uploads by presigned URL, read back by another host."""

from typing import Final

from aiohttp import web

from pictory_egress.api.hosts import ASSET_HOSTS, UPLOAD_HOST

RESULT: Final = b"\0\0\0\x18ftypmp42" * 65_536
"""What every result is: as large as a short video's first second."""


class Assets:
    """Files by path; what was never uploaded is a result."""

    def __init__(self) -> None:
        self._uploads: dict[str, bytes] = {}

    @staticmethod
    def serves(request: web.BaseRequest) -> bool:
        """Whether ``request`` is to an asset host."""
        return request.host.partition(":")[0].lower() in ASSET_HOSTS

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """Answer one request."""
        host, path = request.host.partition(":")[0].lower(), request.rel_url.raw_path
        if "Authorization" in request.headers:
            # A presigned URL is the whole credential: S3 refuses two.
            return web.Response(status=400, text="Only one auth mechanism allowed")
        if request.method == "PUT" and host == UPLOAD_HOST:
            self._uploads[path] = await request.read()
            return web.Response()
        if request.method == "GET" and host != UPLOAD_HOST:
            return web.Response(body=self._uploads.get(path, RESULT), content_type="video/mp4")
        return web.Response(status=403, text="Access Denied")
