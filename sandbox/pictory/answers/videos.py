"""Storyboards and renders."""

from typing import Final

from sandbox.pictory import errors
from sandbox.pictory.answers.call import Call, Fields, Handler, words
from sandbox.pictory.jobs import Job
from sandbox.pictory.values import JsonObject, JsonValue, resource_id, timestamp

_WORDS_PER_SECOND: Final = 2.5
_FONTS: Final = ("Roboto", "Open Sans", "Lato", "Montserrat", "Poppins")


def _storyboard_fields(call: Call, *, scenes: bool) -> str:
    fields = Fields(call.body)
    name = fields.text("videoName", most=150)
    if scenes:
        for index, scene in enumerate(fields.list("scenes")):
            if isinstance(scene, dict):
                inner = Fields({f"scenes[{index}].story": scene.get("story")})
                inner.text(f"scenes[{index}].story", required=False)
                inner.check()
    fields.webhook()
    fields.check()
    return name


def _seconds(body: JsonObject) -> float:
    return max(1.0, words(body) / _WORDS_PER_SECOND)


def _save_project(call: Call, name: str) -> None:
    if call.body.get("saveProject") is not True:
        return
    id_ = resource_id()
    call.world.projects.put(
        call.account,
        id_,
        {
            "id": id_, "name": name, "source": "script", "projectPreview": None, "savedDate": timestamp(),
            "schemaVersion": "v3", "type": "project",
        },
    )  # fmt: skip


def _storyboard(call: Call) -> Job:
    name = _storyboard_fields(call, scenes="templateId" not in call.body)
    _save_project(call, name)
    return call.world.start_job(
        account=call.account, kind="storyboard", name=name, now=call.now, request=call.body,
        video_seconds=_seconds(call.body),
    )  # fmt: skip


def _render(call: Call, name: str, seconds: float) -> Job:
    call.usage.charge("videoMinutes", seconds / 60)
    return call.world.start_job(
        account=call.account, kind="render", name=name, now=call.now, request=call.body, video_seconds=seconds
    )


def create_storyboard(call: Call) -> JsonValue:
    """Version 2 answers ``jobId``."""
    return {"success": True, "data": {"jobId": _storyboard(call).id}}


def create_storyboard_v1(call: Call) -> JsonValue:
    """Version 1 answers ``job_id``, and errors of its own form."""
    try:
        job = _storyboard(call)
    except errors.ApiError as error:
        raise errors.legacy("1001", str(error.body.get("message", "Invalid request"))) from None
    return {"success": True, "job_id": job.id, "data": {"job_id": job.id}}


def render_storyboard_at_once(call: Call) -> JsonValue:
    """A storyboard that goes on to a render without waiting for a look at it."""
    name = _storyboard_fields(call, scenes="templateId" not in call.body)
    _save_project(call, name)
    return {"success": True, "data": {"jobId": _render(call, name, _seconds(call.body)).id}}


def update_elements(call: Call) -> JsonValue:
    """Change a finished storyboard; its preview follows."""
    job = _finished_storyboard(call, call.parameters["jobId"])
    fields = Fields(call.body)
    elements = fields.list("elements")
    fields.check()
    job.request = {**job.request, "scenes": elements}
    return {"success": True, "data": {"jobId": job.id}}


def render(call: Call) -> JsonValue:
    """Render what a storyboard's ``renderParams`` describe."""
    fields = Fields(call.body)
    if "elements" not in call.body and "scenes" not in call.body:
        fields.list("elements")
    fields.webhook()
    fields.check()
    output = call.body.get("output")
    name = output.get("name") if isinstance(output, dict) else None
    return {"success": True, "data": {"jobId": _render(call, str(name or "video"), _seconds(call.body)).id}}


def render_v1(call: Call) -> JsonValue:
    """As :func:`render`, in version 1's form."""
    try:
        answer = render(call)
    except errors.ApiError as error:
        raise errors.legacy("1002", str(error.body.get("message", "Invalid request"))) from None
    return _legacy_form(answer)


def render_job(call: Call) -> JsonValue:
    """Render a finished storyboard by its job."""
    id_ = call.parameters.get("storyboardJobId") or call.parameters["jobId"]
    storyboard = _finished_storyboard(call, id_)
    Fields(call.body).webhook()
    return {"success": True, "data": {"jobId": _render(call, storyboard.name, storyboard.video_seconds).id}}


def render_job_v1(call: Call) -> JsonValue:
    """As :func:`render_job`, in version 1's form."""
    return _legacy_form(render_job(call))


def from_template(call: Call) -> JsonValue:
    """A video from one of the account's templates."""
    fields = Fields(call.body)
    template_id, name = fields.text("templateId", most=128), fields.text("videoName", most=150)
    fields.webhook()
    fields.check()
    template = call.world.templates.get(call.account, template_id)
    return _legacy_form({"data": {"jobId": _render(call, name, _seconds(template)).id}})


def fonts(_: Call) -> JsonValue:
    """Fonts that a storyboard can name."""
    return list(_FONTS)


def _finished_storyboard(call: Call, id_: str) -> Job:
    job = call.world.jobs.get(call.account, id_)
    if job.kind != "storyboard":
        raise errors.invalid_request(f"Job {id_} is not a storyboard")
    if job.status(call.now) != "completed":
        raise errors.invalid_request(f"Storyboard {id_} is {job.status(call.now)}")
    return job


def _legacy_form(answer: JsonValue) -> JsonValue:
    data = answer["data"] if isinstance(answer, dict) else None
    id_ = data["jobId"] if isinstance(data, dict) else None
    return {"success": True, "job_id": id_, "data": {"job_id": id_}}


HANDLERS: Final[dict[str, Handler]] = {
    "storyboards.create": create_storyboard,
    "storyboards.render": render_storyboard_at_once,
    "storyboards.update": update_elements,
    "storyboards.create-v1": create_storyboard_v1,
    "storyboards.fonts": fonts,
    "videos.render": render,
    "videos.render-storyboard": render_job,
    "videos.render-v1": render_v1,
    "videos.render-job-v1": render_job_v1,
    "videos.from-template": from_template,
}
