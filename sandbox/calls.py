"""Who may call what: refused calls that reach nobody, the call that is granted, and the hosts that bodies named."""

from dataclasses import replace
from typing import Final

from sandbox.report import Report
from sandbox.stage import Stage

RENDER: Final = {
    "videoName": "sandbox",
    "scenes": [{"story": "A door that knows who knocks: www.example.org.", "createSceneOnNewLine": True}],
}
"""A render of one scene, whose words speak of a site."""
_SPEECH: Final = '<speak>Hello <audio src="https://collector.example.net/in?d=secret"/></speak>'


def calls(stage: Stage, report: Report) -> None:
    """Who may do what: refused without a credential, with a wrong one, and beyond what was granted."""
    seen = len(stage.pictory.requests())
    refusals = (
        ("call without a credential", stage.anonymous(), "GET", "/v1/quota", None, 401, "credential_missing"),
        (
            "call with a credential of nobody",
            stage.stranger(),
            "GET",
            "/v1/quota",
            None,
            401,
            "credential_invalid",
        ),
        (
            "operation not granted",
            stage.client("dashboard"),
            "POST",
            "/v2/video/render",
            RENDER,
            403,
            "operation_not_granted",
        ),
        (
            "operation that does not exist",
            stage.client("dashboard"),
            "GET",
            "/v1/everything",
            None,
            403,
            None,
        ),
        (
            "render that reports to a host not allowed",
            stage.client("video-pipeline"),
            "POST",
            "/v2/video/storyboard/render",
            {**RENDER, "webhook": "https://collector.example.net/in"},
            403,
            "body_host_not_allowed",
        ),
        (
            "render that names such a host in a field that nobody listed",
            stage.client("video-pipeline"),
            "POST",
            "/v2/video/storyboard/render",
            {**RENDER, "anything": [{"else": "see //collector.example.net/in?d=secret"}]},
            400,
            "body_url_invalid",
        ),
        (
            "speech that plays a sound from such a host",
            stage.client("video-pipeline"),
            "POST",
            "/v2/video/storyboard/render",
            {**RENDER, "scenes": [{"story": _SPEECH, "isSSMLStory": True}]},
            403,
            "body_host_not_allowed",
        ),
    )
    for what, client, method, path, body, status, code in refusals:
        answer = client.call(method, path, body=body)
        held = answer.status == status and code in (None, answer.code) and bool(answer.code)
        report.row(f"{what} is refused", f"{answer.status} {answer.code}", held=held)
    reached = len(stage.pictory.requests()) - seen
    report.row("refused calls that reached Pictory", str(reached), held=reached == 0)
    answer = stage.client("video-pipeline").call("GET", "/v1/quota")
    last = stage.pictory.requests()[-1]
    report.row(
        "granted call, with the key added",
        f"{answer.status}, Pictory saw key {last.key_id}",
        held=answer.status == 200 and last.key_id == stage.issued[-1].id,
    )


def token(stage: Stage, report: Report) -> None:
    """A program that asks for a token before it calls: it sends the client's name and credential, and nothing else."""
    seen = len(stage.pictory.requests())
    known = stage.client("video-pipeline")
    asked = {"client_id": "video-pipeline", "client_secret": known.key}
    answer = stage.anonymous().call("POST", "/v1/oauth2/token", body=asked)
    call = replace(known, key=str(answer.json.get("access_token", ""))).call("GET", "/v1/quota")
    wrong = stage.anonymous().call("POST", "/v1/oauth2/token", body={**asked, "client_id": "dashboard"})
    reached = [request.operation for request in stage.pictory.requests()[seen:]]
    report.row(
        "program that asks for a token first",
        f"{answer.status}, its call {call.status}; with another's credential {wrong.status} {wrong.code}",
        held=(answer.status, call.status, wrong.code) == (200, 200, "token_client_invalid")
        and reached == ["account.quota"],
    )


def hosts_named(stage: Stage, report: Report) -> None:
    """Whatever host a body named that reached Pictory, as the stand-in's own eyes see it."""
    seen = sorted({host for request in stage.pictory.requests() for host in request.hosts})
    report.row(
        "hosts named in bodies that reached Pictory",
        ", ".join(seen) or "none",
        held=seen == ["hooks.example.com", "www.example.org"],
    )
