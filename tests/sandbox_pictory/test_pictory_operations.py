"""How operations answer: every one of the catalog, jobs over time, and the documented errors."""

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from pictory_egress.api import OPERATIONS, PREFIX, Operation
from sandbox.pictory.answers import HANDLERS

if TYPE_CHECKING:
    from tests.sandbox_pictory.conftest import Pictory

NO_CONTENT = {"storyboards.update", "aws-connections.delete", "vimeo-connections.delete"}
STORYBOARD = {"videoName": "Launch", "scenes": [{"story": "one two three four five " * 30}]}


def _job(pictory: "Pictory", key: str, path: str, body: object = STORYBOARD) -> str:
    answer = pictory.call("POST", path, key=key, body=body)
    assert answer.status == 200, answer.text
    return str(answer.json["data"]["jobId"])


def _body(operation: Operation, storyboard: str) -> object:
    if operation.content_type == "application/octet-stream":
        return b"project"
    bodies: dict[str, Any] = {
        "storyboards.create": STORYBOARD, "storyboards.create-v1": STORYBOARD, "storyboards.render": STORYBOARD,
        "storyboards.update": [], "videos.render": {"elements": [{}]},
        "videos.render-v1": {"elements": [{}]}, "videos.from-template": {"templateId": "T", "videoName": "V"},
        "transcriptions.create": {"fileUrl": "https://example.com/a.mp3"},
        "transcriptions.create-v1": {"fileUrl": "https://example.com/a.mp3"},
        "projects.update": {"projectName": "Launch", "scenes": [{}]}, "templates.update": {"scenes": [{}]},
        "transcriptions.highlights": {"transcript": [{}]}, "transcriptions.highlights-v1": {"transcript": [{}]},
        "media.upload-url": {"fileName": "a.mp3", "contentType": "audio/mpeg"},
        "voices.create": {"name": "A", "engine": "WaveNet", "language": "en-US", "voiceId": "v", "service": "google"},
        "aistudio.images": {"prompt": "a lake"}, "aistudio.videos": {"prompt": "a lake"},
        "aws-connections.create": {"name": "A", "awsAccountId": "1", "awsRegion": "us-east-2"},
        "aws-connections.update": {"version": 1, "enabled": False},
        "vimeo-connections.update": {"version": 1, "enabled": False, "accessToken": "hidden"},
        "vimeo-connections.create": {
            "name": "V", "clientIdentifier": "c", "clientSecret": "s", "accessToken": "hidden"
        },
    }  # fmt: skip
    return bodies.get(operation.id, {}) if operation.content_type else None


def test_handlers_when_compared_then_they_are_those_of_the_catalog() -> None:
    assert {operation.id for operation in OPERATIONS} == set(HANDLERS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_operation_when_its_resource_exists_then_it_succeeds(
    pictory: "Pictory", key: str, operation: Operation
) -> None:
    storyboard = _job(pictory, key, "/v2/video/storyboard", {**STORYBOARD, "saveProject": True})
    identifier = storyboard
    area = operation.id.split(".")[0]
    if area == "projects":
        identifier = pictory.call("GET", "/v2/projects", key=key).json["items"][0]["id"]
    elif area == "templates":
        identifier = pictory.call("POST", "/v1/templates", key=key, body=b"x").json["templateId"]
    elif area.endswith("-connections") and "{" in operation.path:
        create = next(o for o in OPERATIONS if o.id == f"{area}.create")
        made = pictory.call("POST", create.path, key=key, body=_body(create, storyboard))
        identifier = made.json["connectionId"]
    body = _body(operation, storyboard)
    if operation.id == "videos.from-template":
        made = pictory.call("POST", "/v1/templates", key=key, body=b"x").json["templateId"]
        body = {"templateId": made, "videoName": "V"}
    elif operation.id == "transcriptions.highlights-job":
        identifier = _job(pictory, key, "/v2/transcription", {"fileUrl": "https://example.com/a.mp3"})
    path = operation.example_path(identifier).removeprefix(PREFIX)
    path += "?keyword=lake" if operation.id == "media.search" else ""
    answer = pictory.call(operation.method, path, key=key, body=body)
    if operation.id in NO_CONTENT:
        assert (answer.status, answer.text) == (204, "")
    else:
        assert answer.status == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
    assert "hidden" not in answer.text
    assert pictory.admin.requests()[-1].operation == operation.id


def test_path_that_is_no_operation_is_not_found(pictory: "Pictory", key: str) -> None:
    assert pictory.call("GET", "/v1/admin", key=key).status == 404


def test_job_in_progress_tells_how_far_it_is(pictory: "Pictory", key: str) -> None:
    pictory.admin.set_behaviour(job_seconds=1000)
    id_ = _job(pictory, key, "/v2/video/render", {"elements": [{}]})
    answer = pictory.call("GET", f"/v1/jobs/{id_}", key=key).json
    assert answer["data"].pop("renderProgressMessage")
    assert answer == {
        "job_id": id_, "success": True,
        "data": {"status": "in-progress", "renderProgress": 0, "renderState": "queued"},
    }  # fmt: skip


def test_render_that_is_done_has_the_documented_fields(pictory: "Pictory", key: str) -> None:
    storyboard = _job(pictory, key, "/v2/video/storyboard")
    answer = pictory.call("PUT", f"/v2/video/render/{storyboard}", key=key, body={})
    done = pictory.call("GET", f"/v1/jobs/{answer.json['data']['jobId']}", key=key).json
    wanted = {
        "status", "videoURL", "videoShareURL", "thumbnail", "srtFile", "vttFile", "txtFile", "videoDuration",
        "aiCreditsUsed",
    }  # fmt: skip
    assert wanted <= set(done["data"])
    assert (done["success"], done["data"]["status"]) == (True, "completed")
    # 150 words, at two and a half a second.
    assert done["data"]["videoDuration"] == 60


def test_job_that_fails_says_so(pictory: "Pictory", key: str) -> None:
    pictory.admin.set_behaviour(failing_jobs=1)
    failed, fine = (_job(pictory, key, "/v2/video/render", {"elements": [{}]}) for _ in range(2))
    answers = [pictory.call("GET", f"/v1/jobs/{each}", key=key).json for each in (failed, fine)]
    assert [(each["success"], each["data"]["status"]) for each in answers] == [
        (False, "failed"), (True, "completed"),
    ]  # fmt: skip
    assert answers[0]["data"]["error_code"] == "RENDER_FAILED"


def test_storyboard_that_is_not_done_cannot_be_rendered(pictory: "Pictory", key: str) -> None:
    pictory.admin.set_behaviour(job_seconds=1000)
    id_ = _job(pictory, key, "/v2/video/storyboard")
    assert pictory.call("PUT", f"/v2/video/render/{id_}", key=key, body={}).json["code"] == "INVALID_REQUEST"


def test_jobs_are_listed_newest_first_over_pages(pictory: "Pictory", key: str) -> None:
    made = [_job(pictory, key, "/v2/video/storyboard") for _ in range(23)]
    first = pictory.call("GET", "/v1/jobs", key=key).json
    second = pictory.call("GET", f"/v1/jobs?nextPageKey={first['nextPageKey']}", key=key).json
    listed = [item["data"]["jobId"] for item in first["items"] + second["items"]]
    assert listed == made[::-1]
    assert second["nextPageKey"] is None


def test_page_key_of_another_make_is_refused(pictory: "Pictory", key: str) -> None:
    assert pictory.call("GET", "/v1/jobs?nextPageKey=zzz", key=key).status == 400


def test_job_that_nobody_has_is_not_found(pictory: "Pictory", key: str) -> None:
    id_ = str(uuid.uuid4())
    answer = pictory.call("GET", f"/v1/jobs/{id_}", key=key)
    assert answer.json == {
        "job_id": id_, "success": False, "data": {"error_code": "5000", "error_message": "JOB_NOT_FOUND"},
    }  # fmt: skip


def test_job_of_another_account_is_forbidden(pictory: "Pictory", key: str) -> None:
    other = pictory.admin.issue_key(account="other").api_key
    id_ = _job(pictory, other, "/v2/video/storyboard")
    assert pictory.call("GET", f"/v1/jobs/{id_}", key=key).status == 403
    assert pictory.call("GET", "/v1/jobs", key=key).json["items"] == []


def test_cleaned_job_cannot_be_had_back(pictory: "Pictory", key: str) -> None:
    id_ = _job(pictory, key, "/v2/video/storyboard")
    assert pictory.call("DELETE", f"/v1/jobs/{id_}/clean", key=key).status == 200
    assert pictory.call("GET", f"/v1/jobs/{id_}", key=key).json["data"] == {"status": "cleaned"}
    assert pictory.call("PUT", f"/v2/video/render/{id_}", key=key, body={}).status == 400


def test_deleted_project_cannot_be_had_back(pictory: "Pictory", key: str) -> None:
    _job(pictory, key, "/v2/video/storyboard", {**STORYBOARD, "saveProject": True})
    id_ = pictory.call("GET", "/v2/projects", key=key).json["items"][0]["id"]
    assert pictory.call("DELETE", f"/v2/projects/{id_}", key=key).json["success"] is True
    assert pictory.call("GET", f"/v2/projects/{id_}", key=key).status == 404
    assert pictory.call("DELETE", f"/v2/projects/{id_}", key=key).status == 404


def test_quota_moves_with_each_render(pictory: "Pictory", key: str) -> None:
    def used() -> float:
        return float(pictory.call("GET", "/v1/quota", key=key).json["videoMinutes"]["used"])

    before = used()
    _job(pictory, key, "/v2/video/storyboard/render")
    after_one = used()
    _job(pictory, key, "/v2/video/storyboard/render")
    assert (before, after_one, used()) == (0, 1, 2)


def test_credits_ledger_shows_what_a_video_cost(pictory: "Pictory", key: str) -> None:
    _job(
        pictory, key, "/v1/aistudio/videos", {"prompt": "a lake at dawn", "model": "veo3.1", "duration": "4s"}
    )
    (entry,) = pictory.call("GET", "/v1/aicredits/usage", key=key).json
    assert (entry["type"], entry["amount"]) == ("debit", 80.0)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v2/video/storyboard", {"scenes": [{}]}, "videoName"),
        ("/v2/video/storyboard", {"videoName": "A", "scenes": []}, "scenes"),
        ("/v2/video/storyboard", {"videoName": "A", "scenes": [{"story": "x" * 15_001}]}, "scenes[0].story"),
        ("/v2/video/storyboard", {**STORYBOARD, "webhook": "https://e.example/" + "x" * 500}, "webhook"),
        ("/v1/aistudio/images", {"prompt": "tiny"}, "prompt"),
        ("/v1/aistudio/videos", {"prompt": "a lake", "model": "none"}, "model"),
        ("/v2/video/storyboard", ["no", "object"], "body"),
        ("/v2/video/storyboard", b"{", "Content-Type"),
    ],
)  # fmt: skip
def test_invalid_body_is_answered_with_its_fields(
    pictory: "Pictory", key: str, path: str, body: object, field: str
) -> None:
    answer = pictory.call("POST", path, key=key, body=body)
    assert (answer.status, answer.json["code"]) == (400, "INVALID_REQUEST_BODY")
    assert [each["name"] for each in answer.json["fields"]] == [field]
    assert answer.json["fields"][0]["errors"]


def test_large_template_is_taken_whole(pictory: "Pictory", key: str) -> None:
    size = 4 * 1024 * 1024
    assert pictory.call("POST", "/v1/templates", key=key, body=b"x" * size).status == 200
    assert pictory.admin.requests()[-1].body_bytes == size


def test_body_beyond_what_the_api_takes_is_refused(pictory: "Pictory", key: str) -> None:
    assert pictory.call("POST", "/v1/templates", key=key, body=b"x" * (10 * 1024 * 1024 + 1)).status == 413


def test_executions_tell_how_often_a_job_was_begun_under_each_name(pictory: "Pictory", key: str) -> None:
    for name in ("one", "two", "two"):
        _job(pictory, key, "/v2/video/storyboard", {**STORYBOARD, "videoName": name})
    pictory.call(
        "POST", "/v2/video/storyboard", body={**STORYBOARD, "videoName": "three"}, key="pictai_nobody"
    )
    executions = pictory.admin.executions()
    assert {name: executions.get(name) for name in ("one", "two", "three")} == {
        "one": 1,
        "two": 2,
        "three": None,
    }
