"""The API side: from a request to its answer, in the order in which Pictory's own layers decide."""

import asyncio
import json
import secrets
import time
from dataclasses import dataclass, field, replace

from aiohttp import web

from pictory_egress.api import OPERATIONS, Operation
from pictory_egress.api.hosts import TOKEN_PATH
from sandbox.pictory import edge, errors
from sandbox.pictory.answers import HANDLERS, Call
from sandbox.pictory.credentials import Credentials
from sandbox.pictory.faults import Failure
from sandbox.pictory.journal import Journal, SeenRequest
from sandbox.pictory.named_hosts import named_hosts
from sandbox.pictory.routes import Routes
from sandbox.pictory.values import JsonObject, JsonValue, timestamp
from sandbox.pictory.world import Behaviour, World

LONGEST_BODY = 10 * 1024 * 1024
"""What the load balancer before an HTTP API takes, in bytes."""


class _ResetConnectionError(Exception):
    """Ends the connection without an answer."""


@dataclass
class _Notes:
    """What is learnt of a request on its way, for the journal."""

    operation: str | None = None
    key_id: str | None = None
    body_bytes: int = 0
    hosts: tuple[str, ...] = ()
    status: int = 0
    headers: tuple[str, ...] = field(default_factory=tuple)


class PictoryApi:
    """The stand-in's state, and the handler of its API requests."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.credentials = Credentials()
        self.journal = Journal()
        self.failures: list[Failure] = []
        self._initial = behaviour
        self.world = World(replace(behaviour))
        self._routes = Routes(OPERATIONS)
        # Set and replaced by reset(): whoever hangs then wakes up.
        self._wake = asyncio.Event()

    @property
    def behaviour(self) -> Behaviour:
        """What the admin side has set."""
        return self.world.behaviour

    def reset(self) -> None:
        """Forget requests, failures, resources and changed behaviour; credentials stay good."""
        self.journal.clear()
        self.failures.clear()
        self.world = World(replace(self._initial))
        self._wake.set()
        self._wake = asyncio.Event()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, and write it down."""
        number, notes = self.journal.next_number(), _Notes()
        try:
            response = await self._answer(request, notes)
            notes.status = response.status
            return response
        except _ResetConnectionError:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=499)
        finally:
            self.journal.add(
                SeenRequest(
                    number=number,
                    time=timestamp(),
                    method=request.method,
                    path=request.rel_url.raw_path,
                    headers=tuple(sorted({name.lower() for name in request.headers})),
                    key_id=notes.key_id,
                    operation=notes.operation,
                    body_bytes=notes.body_bytes,
                    hosts=notes.hosts,
                    status=notes.status,
                )
            )

    async def _answer(self, request: web.BaseRequest, notes: _Notes) -> web.Response:
        path = request.rel_url.raw_path
        authorization = request.headers.get("Authorization")
        notes.key_id = self.credentials.known(authorization)
        if self.behaviour.delay_seconds > 0:
            await asyncio.sleep(self.behaviour.delay_seconds)
        try:
            await self._fail_if_asked(path)
            if edge.refuses(request.headers.get("User-Agent")):
                return _through_edge(web.Response(status=403, text=edge.REFUSAL))
            if (request.method, path) == ("POST", TOKEN_PATH):
                return _json(await self._token(request, notes))
            found = self._routes.find(request.method, path)
            if found is None:
                raise errors.no_such_route()
            operation, parameters = found
            notes.operation = operation.id
            answer = await self._call(request, notes, operation, parameters)
            return _through_edge(web.Response(status=204)) if answer is None else _json(answer)
        except errors.ApiError as error:
            return _json(error.body, status=error.status)

    async def _call(
        self, request: web.BaseRequest, notes: _Notes, operation: Operation, parameters: dict[str, str]
    ) -> JsonValue:
        now = time.monotonic()
        user_id = request.headers.get("X-Pictory-User-Id") or request.headers.get("X-Pictory-Customer-Id")
        caller = self.credentials.caller(request.headers.get("Authorization"), user_id, now=now)
        body, raw = await _body(request, notes, operation)
        return HANDLERS[operation.id](
            Call(
                world=self.world,
                account=caller.account,
                now=now,
                parameters=parameters,
                query=dict(request.rel_url.query),
                body=body if isinstance(body, dict) else {},
                items=body if isinstance(body, list) else [],
                raw_body=raw,
            )
        )

    async def _token(self, request: web.BaseRequest, notes: _Notes) -> JsonValue:
        notes.operation = "oauth2.token"
        body = _object(await _read(request, notes))
        seconds = self.behaviour.token_seconds
        token = self.credentials.token(
            str(body.get("client_id")), str(body.get("client_secret")), now=time.monotonic(), seconds=seconds
        )
        notes.key_id = self.credentials.known(token)
        return {"access_token": token, "expires_in": int(seconds), "token_type": "Bearer"}

    async def _fail_if_asked(self, path: str) -> None:
        failure = next((each for each in self.failures if each.take(path)), None)
        if failure is None:
            return
        if failure.kind == "status":
            raise errors.ApiError(failure.status, {"message": "Failure asked for by a test"})
        if failure.kind == "hang":
            await self._wake.wait()
        raise _ResetConnectionError


async def _body(request: web.BaseRequest, notes: _Notes, operation: Operation) -> tuple[JsonValue, bytes]:
    if not operation.content_type:
        return {}, b""
    raw = await _read(request, notes)
    if operation.content_type != "application/json":
        return {}, raw
    if request.content_type != "application/json":
        raise errors.invalid_body({"Content-Type": ["Content-Type must be application/json"]})
    return _array(raw) if operation.body_root == "array" else _object(raw), raw


async def _read(request: web.BaseRequest, notes: _Notes) -> bytes:
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise errors.ApiError(413, {"message": "Request Entity Too Large"}) from None
    notes.body_bytes, notes.hosts = len(raw), named_hosts(raw)
    return raw


def _object(raw: bytes) -> JsonObject:
    body = _parsed(raw or b"{}")
    if not isinstance(body, dict):
        raise errors.invalid_body({"body": ["body must be an object"]})
    return body


def _array(raw: bytes) -> list[JsonValue]:
    body = _parsed(raw)
    if not isinstance(body, list):
        raise errors.invalid_body({"body": ["body must be an array"]})
    return body


def _parsed(raw: bytes) -> JsonValue:
    try:
        body: JsonValue = json.loads(raw)
    except (ValueError, RecursionError):
        raise errors.invalid_body({"body": ["body must be valid JSON"]}) from None
    return body


def _json(value: JsonValue, status: int = 200) -> web.Response:
    data = json.dumps(value, separators=(",", ":")).encode()
    return _through_edge(web.Response(status=status, body=data, content_type="application/json"))


def _through_edge(response: web.Response) -> web.Response:
    response.headers["Server"] = "cloudflare"
    response.headers["CF-RAY"] = f"{secrets.token_hex(8)}-SBX"
    return response
