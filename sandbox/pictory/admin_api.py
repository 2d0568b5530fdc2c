"""The admin side: plain HTTP with JSON, on a loopback port of its own, for tests and the sandbox's runner."""

import contextlib
import dataclasses
import time
from collections import Counter
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.pictory.api import PictoryApi
from sandbox.pictory.credentials import Grant
from sandbox.pictory.faults import Failure, Kind
from sandbox.pictory.values import JsonObject


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IssueKey(_Request):
    """``overlap_seconds`` is how long earlier keys stay good: 0 is a hard cutover, null leaves them alone."""

    account: str = Field(default="main", pattern=r"^[a-z][a-z0-9-]{0,31}$")
    overlap_seconds: float | None = Field(default=0.0, ge=0)


class IssueClient(_Request):
    """A new OAuth client of ``account``."""

    account: str = Field(default="main", pattern=r"^[a-z][a-z0-9-]{0,31}$")


class Change(_Request):
    """What to set of the behaviour; what is left out stays."""

    job_seconds: float | None = Field(default=None, ge=0)
    delay_seconds: float | None = Field(default=None, ge=0)
    token_seconds: float | None = Field(default=None, ge=0)
    failing_jobs: int | None = Field(default=None, ge=0)


class Fail(_Request):
    """The next ``count`` requests (whose path holds ``path_contains``) fail."""

    kind: Kind
    count: int = Field(default=1, ge=1)
    status: int = Field(default=500, ge=400, le=599)
    path_contains: str = ""


class AdminApi:
    """Handlers of the admin side."""

    def __init__(self, api: PictoryApi) -> None:
        self._api = api

    def application(self) -> web.Application:
        """The admin side as an application."""
        application = web.Application(middlewares=[_explain])
        application.add_routes(
            [
                web.get("/health", self._health),
                web.get("/credentials", self._list),
                web.post("/keys", self._issue_key),
                web.post("/oauth-clients", self._issue_client),
                web.delete("/credentials/{id}", self._revoke),
                web.get("/requests", self._requests),
                web.get("/counts", self._counts),
                web.get("/executions", self._executions),
                web.get("/behaviour", self._behaviour),
                web.patch("/behaviour", self._change),
                web.post("/failures", self._fail),
                web.post("/reset", self._reset),
            ]
        )
        return application

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _list(self, _: web.Request) -> web.Response:
        now = time.monotonic()
        return web.json_response([_shown(grant, now) for grant in self._api.credentials.all()])

    async def _issue_key(self, request: web.Request) -> web.Response:
        asked = IssueKey.model_validate_json(await request.read() or b"{}")
        grant, value = self._api.credentials.issue_key(
            account=asked.account, now=time.monotonic(), overlap_seconds=asked.overlap_seconds
        )
        return web.json_response({"id": grant.id, "account": grant.account, "api_key": value}, status=201)

    async def _issue_client(self, request: web.Request) -> web.Response:
        asked = IssueClient.model_validate_json(await request.read() or b"{}")
        grant, client_id, client_secret = self._api.credentials.issue_client(account=asked.account)
        return web.json_response(
            {
                "id": grant.id, "account": grant.account, "client_id": client_id, "client_secret": client_secret,
                "user_id": grant.user_id,
            },
            status=201,
        )  # fmt: skip

    async def _revoke(self, request: web.Request) -> web.Response:
        id_ = request.match_info["id"]
        if not self._api.credentials.revoke(id_):
            return web.json_response({"error": f"no credential {id_!r}: see GET /credentials"}, status=404)
        return web.Response(status=204)

    async def _requests(self, request: web.Request) -> web.Response:
        after = request.query.get("after", "0")
        if not after.isdecimal():
            return web.json_response(
                {"error": f"after={after!r} is not a number: give a request's number"}, status=400
            )
        return web.json_response(self._api.journal.after(int(after)))

    async def _counts(self, _: web.Request) -> web.Response:
        return web.json_response(self._api.journal.counts())

    async def _executions(self, _: web.Request) -> web.Response:
        return web.json_response(Counter(job.name for job in self._api.world.jobs.all()))

    async def _behaviour(self, _: web.Request) -> web.Response:
        return web.json_response(dataclasses.asdict(self._api.behaviour))

    async def _change(self, request: web.Request) -> web.Response:
        change = Change.model_validate_json(await request.read() or b"{}")
        for name, value in change.model_dump(exclude_none=True).items():
            setattr(self._api.behaviour, name, value)
        return await self._behaviour(request)

    async def _fail(self, request: web.Request) -> web.Response:
        asked = Fail.model_validate_json(await request.read() or b"{}")
        self._api.failures.append(Failure(**asked.model_dump()))
        return web.Response(status=204)

    async def _reset(self, _: web.Request) -> web.Response:
        self._api.reset()
        return web.Response(status=204)


@web.middleware
async def _explain(request: web.Request, handler: Any) -> web.StreamResponse:
    with contextlib.suppress(ValidationError):
        response: web.StreamResponse = await handler(request)
        return response
    # Bodies of this side hold no secrets; still, only places and reasons are told.
    return web.json_response(
        {"error": f"the body of {request.method} {request.path} is not of its form"}, status=400
    )


def _shown(grant: Grant, now: float) -> JsonObject:
    return {"id": grant.id, "account": grant.account, "live": grant.is_good(now)}
