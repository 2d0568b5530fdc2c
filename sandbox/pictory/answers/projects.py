"""Projects and templates."""

from typing import Final

from sandbox.pictory import errors
from sandbox.pictory.answers.call import Call, Fields, Handler
from sandbox.pictory.answers.jobs import page
from sandbox.pictory.values import JsonObject, JsonValue, resource_id, timestamp


def list_projects(call: Call) -> JsonValue:
    """The account's projects, newest first."""
    items: list[JsonValue] = [
        {
            "id": project["project_id"], "name": project["projectName"], "source": project.get("source"),
            "projectPreview": None, "savedDate": project["saveDate"],
            "schemaVersion": project.get("schemaVersion"), "type": "project",
        }
        for project in reversed(call.world.projects.of(call.account))
    ]  # fmt: skip
    shown, key = page(items, call.query.get("pagekey"))
    return {"items": shown, "pageKey": key}


def get_project(call: Call) -> JsonValue:
    """One project whole."""
    return call.world.projects.get(call.account, call.parameters["projectId"])


def update_project(call: Call) -> JsonValue:
    """Replace a project by the one sent: what the body omits is lost."""
    id_ = call.parameters["projectId"]
    call.world.projects.get(call.account, id_)
    fields = Fields(call.body)
    fields.text("projectName", most=150)
    fields.list("scenes")
    fields.check()
    project: JsonObject = {**call.body, "project_id": id_, "saveDate": timestamp()}
    call.world.projects.put(call.account, id_, project)
    return {"success": True, "message": "Project updated successfully", "project": project}


def render_project(call: Call) -> JsonValue:
    """Render a saved project."""
    project = call.world.projects.get(call.account, call.parameters["projectId"])
    call.usage.charge("videoMinutes", 1)
    job = call.world.start_job(
        account=call.account, kind="render", name=str(project["projectName"]), now=call.now, request=call.body,
        video_seconds=60,
    )  # fmt: skip
    return {"success": True, "data": {"jobId": job.id}}


def delete_project(call: Call) -> JsonValue:
    """Remove a project for good."""
    call.world.projects.remove(call.account, call.parameters["projectId"])
    return {"success": True, "message": "Project deleted successfully"}


_SHORT: Final = ("templateId", "name", "language", "published", "deprecated")


def list_templates(call: Call) -> JsonValue:
    """The account's templates, in the order they were made."""
    return {
        "items": [{name: each[name] for name in _SHORT} for each in call.world.templates.of(call.account)]
    }


def get_template(call: Call) -> JsonValue:
    """One template whole."""
    return call.world.templates.get(call.account, call.parameters["templateId"])


def create_template(call: Call) -> JsonValue:
    """Take an uploaded project file."""
    if not call.raw_body:
        raise errors.invalid_body({"pictoryprojectfile": ["pictoryprojectfile is required"]})
    template: JsonObject = {
        "templateId": resource_id(), "name": "Uploaded template", "language": "en", "published": True,
        "deprecated": False, "audio": {}, "scenes": [], "variables": {}, "schemaVersion": "v3",
    }  # fmt: skip
    call.world.templates.put(call.account, str(template["templateId"]), template)
    return template


def update_template(call: Call) -> JsonValue:
    """Replace the scenes; other fields are silently dropped."""
    id_ = call.parameters["templateId"]
    template = call.world.templates.get(call.account, id_)
    fields = Fields(call.body)
    scenes = fields.list("scenes")
    fields.check()
    call.world.templates.put(call.account, id_, {**template, "scenes": scenes})
    return {"success": True, "message": "Template updated successfully", "templateId": id_}


def delete_template(call: Call) -> JsonValue:
    """Remove a template for good."""
    call.world.templates.remove(call.account, call.parameters["templateId"])
    return {"success": True, "message": "Template deleted successfully"}


HANDLERS: Final[dict[str, Handler]] = {
    "projects.list": list_projects,
    "projects.get": get_project,
    "projects.update": update_project,
    "projects.render": render_project,
    "projects.delete": delete_project,
    "templates.list": list_templates,
    "templates.get": get_template,
    "templates.create": create_template,
    "templates.update": update_template,
    "templates.delete": delete_template,
}
