"""The account's usage, and its connections to other services."""

from typing import Final

from sandbox.pictory import errors
from sandbox.pictory.answers.call import Call, Fields, Handler
from sandbox.pictory.store import Store
from sandbox.pictory.values import JsonObject, JsonValue, resource_id, timestamp

_SECRET_FIELDS: Final = ("clientSecret", "accessToken")


def quota(call: Call) -> JsonValue:
    """Used and allowed, by kind."""
    return call.usage.answer()


def credits_usage(call: Call) -> JsonValue:
    """The ledger of AI credits."""
    return call.usage.transactions()


class _Connections:
    """Handlers of one kind of connection; ``fields`` are those it needs beside its name."""

    def __init__(self, kind: str, fields: tuple[str, ...]) -> None:
        self._kind = kind
        self._fields = fields

    def handlers(self, prefix: str) -> dict[str, Handler]:
        return {
            f"{prefix}.list": lambda call: {"Items": list(self._store(call).of(call.account))},
            f"{prefix}.get": lambda call: self._store(call).get(
                call.account, call.parameters["connectionId"]
            ),
            f"{prefix}.create": self._create,
            f"{prefix}.update": self._update,
            f"{prefix}.delete": self._delete,
        }

    def _store(self, call: Call) -> Store[JsonObject]:
        return call.world.aws_connections if self._kind == "AWS" else call.world.vimeo_connections

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
        changes: JsonObject = {
            name: call.body[name] for name in ("name", "description", "enabled") if name in call.body
        }
        changed: JsonObject = {
            **connection, **changes, "updatedDate": timestamp(),
            "version": version + 1 if isinstance(version, int) else 1,
        }  # fmt: skip
        self._store(call).put(call.account, id_, changed)
        return changed

    def _delete(self, call: Call) -> JsonValue:
        self._store(call).remove(call.account, call.parameters["connectionId"])
        return {"success": True, "message": "Connection deleted successfully"}


HANDLERS: Final[dict[str, Handler]] = {
    "account.quota": quota,
    "account.credits": credits_usage,
    **_Connections("AWS", ("awsAccountId", "awsRegion")).handlers("aws-connections"),
    **_Connections("VIMEO", ("clientIdentifier", *_SECRET_FIELDS)).handlers("vimeo-connections"),
}
