"""Storyboards and renders."""

from typing import Final

from sandbox.pictory import errors
from sandbox.pictory.answers.call import Call, Fields, Handler, words
from sandbox.pictory.jobs import Job, Version
from sandbox.pictory.render_params import WORDS_PER_SECOND, of_version_1, of_version_2
from sandbox.pictory.values import JsonObject, JsonValue, resource_id, timestamp

_ELEMENT_FIELDS: Final = ("id", "elementType", "type", "startTime", "duration")
"""What every element of an update must have."""
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
    return max(1.0, words(body) / WORDS_PER_SECOND)


def _save_project(call: Call, name: str) -> None:
    if call.body.get("saveProject") is not True:
        return
    id_, now = resource_id(), timestamp()
    scenes = call.body.get("scenes")
    saved: list[JsonValue] = [
        {"sceneId": resource_id(), "projectId": id_, "text": scene.get("story", "")}
        for scene in (scenes if isinstance(scenes, list) else [])
        if isinstance(scene, dict)
    ]
    project: JsonObject = {
        "project_id": id_, "projectName": name, "source": "script", "step": "STORYBOARD", "schemaVersion": "v3",
        "layout": "16:9", "scriptLanguage": "en", "audioSpeed": 100, "videoVolume": 50, "saveDate": now,
        "scenes": saved,
    }  # fmt: skip
    call.world.projects.put(call.account, id_, project)


def _storyboard(call: Call, name: str, request: JsonObject, version: Version = "v2") -> Job:
    render_params = (of_version_1 if version == "v1" else of_version_2)(name, request)
    return call.world.start_job(
        account=call.account, kind="storyboard", name=name, now=call.now, request=request,
        video_seconds=_seconds(request), version=version, render_params=render_params,
    )  # fmt: skip


def _render(call: Call, name: str, seconds: float, version: Version = "v2") -> Job:
    call.usage.charge("videoMinutes", seconds / 60)
    return call.world.start_job(
        account=call.account, kind="render", name=name, now=call.now, request=call.body, video_seconds=seconds,
        version=version,
    )  # fmt: skip


def create_storyboard(call: Call) -> JsonValue:
    """Version 2 answers ``data.jobId``."""
    name = _storyboard_fields(call, scenes="templateId" not in call.body)
    _save_project(call, name)
    return {"success": True, "data": {"jobId": _storyboard(call, name, call.body).id}}


def create_storyboard_v1(call: Call) -> JsonValue:
    """Version 1 answers ``jobId`` beside ``success``, and errors of its own form."""
    try:
        name = _storyboard_fields(call, scenes=True)
    except errors.ApiError as error:
        raise errors.legacy("1001", str(error.body.get("message", "Invalid request"))) from None
    return {"success": True, "jobId": _storyboard(call, name, call.body, "v1").id}


def render_storyboard_at_once(call: Call) -> JsonValue:
    """A storyboard that goes on to a render without waiting for a look at it."""
    name = _storyboard_fields(call, scenes="templateId" not in call.body)
    _save_project(call, name)
    return {"success": True, "data": {"jobId": _render(call, name, _seconds(call.body)).id}}


def update_elements(call: Call) -> JsonValue:
    """Change elements of a finished storyboard by their ids; an id that it does not have changes nothing."""
    job = _finished_storyboard(call, call.parameters["jobId"])
    updates: dict[JsonValue, JsonObject] = {}
    for index, element in enumerate(call.items):
        given = element if isinstance(element, dict) else {}
        if missing := [name for name in _ELEMENT_FIELDS if name not in given]:
            raise errors.invalid_body({f"[{index}].{name}": [f"{name} is required"] for name in missing})
        updates[str(given["id"])] = given
    elements = job.render_params.get("elements")
    changed: list[JsonValue] = [
        {**element, **updates.get(element["id"], {})}
        for element in (elements if isinstance(elements, list) else [])
        if isinstance(element, dict)
    ]
    job.render_params = {**job.render_params, "elements": changed}
    return None


def _render_body(call: Call, version: Version) -> Job:
    """Render what a storyboard's ``renderParams`` describe: elements in version 2, scenes in version 1."""
    fields = Fields(call.body)
    if "elements" not in call.body and "scenes" not in call.body:
        fields.list("elements")
    fields.webhook()
    fields.check()
    output = call.body.get("output")
    name = output.get("title") or output.get("name") if isinstance(output, dict) else None
    return _render(call, str(name or "video"), _seconds(call.body), version)


def render(call: Call) -> JsonValue:
    """Version 2 answers ``data.jobId``."""
    return {"success": True, "data": {"jobId": _render_body(call, "v2").id}}


def render_v1(call: Call) -> JsonValue:
    """Version 1 answers ``data.job_id``, and errors of its own form."""
    try:
        job = _render_body(call, "v1")
    except errors.ApiError as error:
        raise errors.legacy("1002", str(error.body.get("message", "Invalid request"))) from None
    return {"success": True, "data": {"job_id": job.id}}


def _render_storyboard(call: Call, id_: str, version: Version) -> Job:
    storyboard = _finished_storyboard(call, id_)
    fields = Fields(call.body)
    fields.webhook()
    fields.check()
    return _render(call, storyboard.name, storyboard.video_seconds, version)


def render_job(call: Call) -> JsonValue:
    """Render a finished storyboard by its job."""
    job = _render_storyboard(call, call.parameters["storyboardJobId"], "v2")
    return {"success": True, "data": {"jobId": job.id}}


def render_job_v1(call: Call) -> JsonValue:
    """As :func:`render_job`, with version 1's ``job_id``."""
    return {"success": True, "data": {"job_id": _render_storyboard(call, call.parameters["jobId"], "v1").id}}


def from_template(call: Call) -> JsonValue:
    """A storyboard from one of the account's templates: its preview is rendered by its job afterwards."""
    fields = Fields(call.body)
    template_id = fields.text("templateId", most=128)
    name = fields.text("videoName", most=150, required=False)
    fields.webhook()
    fields.check()
    template = call.world.templates.get(call.account, template_id)
    request = {**call.body, "scenes": [*_list(template, "scenes"), *_list(call.body, "scenes")]}
    job = _storyboard(call, name or str(template["name"]), request, "v1")
    return {"success": True, "data": {"jobId": job.id}}


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


def _list(body: JsonObject, name: str) -> list[JsonValue]:
    value = body.get(name)
    return value if isinstance(value, list) else []


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
