"""The account's usage, and its connections to other services."""

import datetime
from typing import Final

from sandbox.pictory import errors
from sandbox.pictory.answers.call import Call, Fields, Handler
from sandbox.pictory.answers.jobs import page
from sandbox.pictory.store import Store
from sandbox.pictory.values import JsonObject, JsonValue, resource_id, timestamp

_SECRET_FIELDS: Final = ("clientSecret", "accessToken")


def quota(call: Call) -> JsonValue:
    """Used and allowed, by kind."""
    return call.usage.answer()


def credits_usage(call: Call) -> JsonValue:
    """The ledger of AI credits of one month, which is the current one when the query names none."""
    now = datetime.datetime.now(datetime.UTC)
    year, month = call.query.get("year"), call.query.get("month")
    if year is not None and month is None:
        raise errors.invalid_request("month is required when year is provided")
    try:
        asked = datetime.date(int(year or now.year), int(month or now.month), 1)
    except ValueError:
        raise errors.invalid_request("year and month must be those of a calendar") from None
    return call.usage.transactions(f"{asked:%Y-%m}")


class _Connections:
    """Handlers of one kind of connection; ``fields`` are those it needs beside its name."""

    def __init__(self, kind: str, fields: tuple[str, ...]) -> None:
        self._kind = kind
        self._fields = fields

    def handlers(self, prefix: str) -> dict[str, Handler]:
        return {
            f"{prefix}.list": self._list,
            f"{prefix}.get": lambda call: self._store(call).get(
                call.account, call.parameters["connectionId"]
            ),
            f"{prefix}.create": self._create,
            f"{prefix}.update": self._update,
            f"{prefix}.delete": self._delete,
        }

    def _store(self, call: Call) -> Store[JsonObject]:
        return call.world.aws_connections if self._kind == "AWS" else call.world.vimeo_connections

    def _list(self, call: Call) -> JsonValue:
        items: list[JsonValue] = list(self._store(call).of(call.account))
        if self._kind == "AWS":
            return {"Items": items}
        shown, key = page(items, call.query.get("nextPageKey"))
        return {"Items": shown, **({"nextPageKey": key} if key else {})}

    def _create(self, call: Call) -> JsonValue:
        fields = Fields(call.body)
        for name in ("name", *self._fields):
            fields.text(name, most=500)
        fields.check()
        if any(each["name"] == call.body["name"] for each in self._store(call).of(call.account)):
            raise errors.invalid_request("A connection of this name exists")
        # What is secret is taken, and never shown again.
        shown = {
            name: call.body[name]
            for name in ("name", "description", *self._fields)
            if name in call.body and name not in _SECRET_FIELDS
        }
        id_, now = resource_id(), timestamp()
        connection: JsonObject = {
            "connectionId": id_, **shown, "type": self._kind, "enabled": call.body.get("enabled", True),
            "createdDate": now, "updatedDate": now, "version": 1,
        }  # fmt: skip
        self._store(call).put(call.account, id_, connection)
        return connection

    def _update(self, call: Call) -> JsonValue:
        id_ = call.parameters["connectionId"]
        connection = self._store(call).get(call.account, id_)
        version = connection["version"]
        if call.body.get("version") != version:
            raise errors.invalid_request("version is not the current one")
        # An AWS connection keeps its account and region; a Vimeo connection takes another application.
        names = ("name", "description", "enabled", *(("clientIdentifier",) if self._kind == "VIMEO" else ()))
        changes: JsonObject = {name: call.body[name] for name in names if name in call.body}
        changed: JsonObject = {
            **connection, **changes, "updatedDate": timestamp(),
            "version": version + 1 if isinstance(version, int) else 1,
        }  # fmt: skip
        self._store(call).put(call.account, id_, changed)
        return changed

    def _delete(self, call: Call) -> JsonValue:
        try:
            self._store(call).remove(call.account, call.parameters["connectionId"])
        except errors.ApiError as error:
            # To delete a Vimeo connection that does not exist is no error; to delete an AWS connection is.
            if self._kind == "AWS" or error.status != 404:
                raise
        return None


HANDLERS: Final[dict[str, Handler]] = {
    "account.quota": quota,
    "account.credits": credits_usage,
    **_Connections("AWS", ("awsAccountId", "awsRegion")).handlers("aws-connections"),
    **_Connections("VIMEO", ("clientIdentifier", *_SECRET_FIELDS)).handlers("vimeo-connections"),
}
