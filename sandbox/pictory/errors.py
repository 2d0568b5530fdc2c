"""Pictory's documented error answers."""

from collections.abc import Mapping, Sequence

from sandbox.pictory.values import JsonValue


class ApiError(Exception):
    """An answer that is an error: its HTTP status and its JSON body."""

    def __init__(self, status: int, body: Mapping[str, JsonValue]) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = dict(body)


def unauthorized() -> ApiError:
    """No credential, or one that is not (or no longer) good."""
    return ApiError(401, {"message": "Unauthorized"})


def forbidden() -> ApiError:
    """The resource is another account's."""
    return ApiError(403, {"message": "Forbidden"})


def no_such_route() -> ApiError:
    """No operation has this method and path."""
    return ApiError(404, {"message": "Not Found"})


def not_found(what: str) -> ApiError:
    """The account has no such resource; ``what`` is its kind in capitals, such as ``PROJECT``."""
    return ApiError(404, {"code": f"{what}_NOT_FOUND", "message": f"{what.capitalize()} not found"})


def job_not_found(job_id: str) -> ApiError:
    """Nobody has a job of this id."""
    data: JsonValue = {"error_code": "5000", "error_message": "JOB_NOT_FOUND"}
    return ApiError(404, {"job_id": job_id, "success": False, "data": data})


def invalid_body(problems: Mapping[str, Sequence[str]]) -> ApiError:
    """The body lacks something, or holds something that cannot be; ``problems`` are by field name."""
    fields: list[JsonValue] = [{"name": name, "errors": list(errors)} for name, errors in problems.items()]
    return ApiError(
        400, {"code": "INVALID_REQUEST_BODY", "message": "Request body validation failed", "fields": fields}
    )


def invalid_request(message: str) -> ApiError:
    """The request cannot be done as asked."""
    return ApiError(400, {"code": "INVALID_REQUEST", "message": message})


def legacy(code: str, message: str) -> ApiError:
    """What operations of version 1 answer."""
    error: JsonValue = {"error_message": message, "error_code": code}
    return ApiError(400, {"success": False, "error": error})


def too_many_requests() -> ApiError:
    """The form is not published; the status is."""
    return ApiError(429, {"message": "Too Many Requests"})
