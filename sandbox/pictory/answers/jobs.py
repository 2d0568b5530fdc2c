"""Reading and cleaning jobs."""

import base64
import binascii
import json
from typing import Final

from sandbox.pictory import errors
from sandbox.pictory.answers.call import Call, Handler
from sandbox.pictory.values import JsonValue

PAGE_SIZE: Final = 20
"""The size of most of Pictory's pages is not published."""


def page(
    items: list[JsonValue], key: str | None, size: int = PAGE_SIZE
) -> tuple[list[JsonValue], str | None]:
    """One page of ``items`` from where ``key`` says, and the next page's key.

    Raises
    ------
    ApiError
        ``key`` was not made here.
    """
    start = 0
    if key:
        try:
            start = json.loads(base64.b64decode(key, validate=True))["lastEvaluatedKey"]["offset"]
        except (binascii.Error, ValueError, KeyError, TypeError):
            raise errors.invalid_request("Invalid page key") from None
        if type(start) is not int or start < 0:
            raise errors.invalid_request("Invalid page key")
    end = start + size
    if end >= len(items):
        return items[start:end], None
    return items[start:end], base64.b64encode(
        json.dumps({"lastEvaluatedKey": {"offset": end}}).encode()
    ).decode()


def list_jobs(call: Call) -> JsonValue:
    """All jobs of the account, newest first."""
    jobs = reversed(call.world.jobs.of(call.account))
    items: list[JsonValue] = [
        {"success": job.status(call.now) != "failed", "data": {**job.data(call.now), "jobId": job.id}}
        for job in jobs
    ]
    shown, key = page(items, call.query.get("nextPageKey"))
    return {"items": shown, "nextPageKey": key}


def get_job(call: Call) -> JsonValue:
    """One job as it stands."""
    return call.world.jobs.get(call.account, call.parameters["jobId"]).answer(call.now)


def clean_job(call: Call) -> JsonValue:
    """Remove a job's results for good; to repeat it is no error."""
    job = call.world.jobs.get(call.account, call.parameters["jobId"])
    if job.status(call.now) == "in-progress":
        raise errors.invalid_request(f"Job {job.id} is in progress")
    job.clean()
    return {"success": True}


HANDLERS: Final[dict[str, Handler]] = {
    "jobs.list": list_jobs,
    "jobs.get": get_job,
    "jobs.clean": clean_job,
}
