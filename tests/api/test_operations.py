"""The API as data: what a path pattern lets through, and what it must not."""

import re
from collections import Counter

import pytest
from pydantic import ValidationError

from pictory_egress.api import OPERATIONS, PREFIX, Catalog, Operation
from pictory_egress.api.operations import OUTBOUND_FIELDS, SOURCE_FIELDS

JOB = "3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
BY_ID = {operation.id: operation for operation in OPERATIONS}


def matches(operation_id: str, target: str) -> bool:
    return re.fullmatch(BY_ID[operation_id].target_regex, target) is not None


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_operation_when_its_own_example_is_sent_then_it_alone_matches(operation: Operation) -> None:
    path = operation.example_path()
    owners = [
        other.id
        for other in OPERATIONS
        if other.method == operation.method and re.fullmatch(other.target_regex, path)
    ]
    assert owners == [operation.id]


@pytest.mark.parametrize(
    "target",
    [
        f"/pictoryapis/v1/jobs/{JOB.upper()}",
        f"/pictoryapis/v1/jobs/{JOB}/",
        f"/pictoryapis/v1/jobs/{JOB}?x=1",
        f"/pictoryapis/v1/jobs/{JOB}/clean",
        f"/pictoryapis/v1/jobs/{JOB};a=b",
        f"/pictoryapis//v1/jobs/{JOB}",
        f"/pictoryapis/v1/jobs/{JOB}%2f..",
        f"/PictoryApis/v1/jobs/{JOB}",
        "/pictoryapis/v1/jobs/../quota",
    ],
)
def test_job_path_when_written_otherwise_then_it_does_not_match(target: str) -> None:
    assert not matches("jobs.get", target)


def test_query_when_named_then_it_matches_and_any_other_is_refused() -> None:
    assert matches("jobs.list", "/pictoryapis/v1/jobs?nextPageKey=abc%3D%3D")
    assert not matches("jobs.list", "/pictoryapis/v1/jobs?nextPageKey=a&all=true")
    assert not matches("jobs.list", "/pictoryapis/v1/jobs?nextPageKey=a#b")
    assert not matches("jobs.list", "/pictoryapis/v1/jobs?nextPageKey=a/../b")


def test_alias_when_sent_then_it_is_the_same_operation() -> None:
    assert matches("media.upload-url", "/pictoryapis/v1/media/generateUrl")
    assert matches("media.upload-url", "/pictoryapis/v1/media/generateurl")


def test_default_permissions_when_listed_then_none_is_dangerous() -> None:
    catalog = Catalog.with_additions()
    assert set(catalog.permissions) - set(catalog.default_permissions) == {
        "jobs.delete", "projects.delete", "projects.write", "templates.delete", "templates.upload",
        "connections.write", "connections.delete",
    }  # fmt: skip
    default = {o.permission: o.danger for o in catalog.granted(catalog.default_permissions)}
    assert set(default.values()) == {""}


@pytest.mark.parametrize(
    ("operation_id", "danger"),
    [
        ("jobs.get", ""),
        ("storyboards.create", ""),
        ("jobs.clean", "destroys"),
        ("projects.update", "destroys"),
        ("vimeo-connections.update", "connects"),
        ("templates.create", "not inspected"),
    ],
)
def test_danger_when_asked_then_it_says_why_a_flag_is_needed(operation_id: str, danger: str) -> None:
    assert BY_ID[operation_id].danger == danger


def test_opaque_body_when_an_environment_adds_one_then_it_needs_a_flag() -> None:
    upload = {"id": "mine.upload", "method": "POST", "path": "/v1/mine", "permission": "mine.upload"}
    body = {"max_body_bytes": 10, "content_type": "application/octet-stream"}
    catalog = Catalog.with_additions([Operation.model_validate({**upload, **body})])
    assert "mine.upload" in catalog.permissions
    assert "mine.upload" not in catalog.default_permissions


def test_body_root_when_listed_then_only_elements_take_an_array() -> None:
    assert {o.id for o in OPERATIONS if o.body_root == "array"} == {"storyboards.update"}


@pytest.mark.parametrize(
    ("operation_id", "method", "path", "permission"),
    [
        ("projects.update", "PUT", "/v2/projects/p1", "projects.write"),
        (
            "transcriptions.highlights-job",
            "POST",
            f"/v2/transcription/{JOB}/highlights",
            "transcriptions.write",
        ),
        ("aistudio.list-images", "GET", "/v1/aistudio/images?nextPageKey=eyJ9", "aistudio.read"),
        ("aistudio.list-videos", "GET", "/v1/aistudio/videos?nextPageKey=eyJ9", "aistudio.read"),
        ("vimeo-connections.update", "PUT", "/v1/vimeo-connections/c1", "connections.write"),
        ("vimeo-connections.list", "GET", "/v1/vimeo-connections?nextPageKey=eyJ9", "connections.read"),
        ("branding.avatars", "GET", "/v1/avatars?nextPageKey=eyJ9", "branding.read"),
        ("account.credits", "GET", "/v1/aicredits/usage?year=2026&month=3", "account.read"),
        ("projects.list", "GET", "/v2/projects?pagekey=eyJ9&anyName=1", "projects.read"),
        ("templates.create", "POST", "/v1/templates", "templates.upload"),
    ],
)
def test_published_call_when_looked_up_then_one_operation_matches(
    operation_id: str, method: str, path: str, permission: str
) -> None:
    found = [o for o in OPERATIONS if o.method == method and re.fullmatch(o.target_regex, PREFIX + path)]
    assert [(o.id, o.permission) for o in found] == [(operation_id, permission)]


def test_query_when_published_whole_then_another_name_is_refused() -> None:
    assert not matches("account.credits", "/pictoryapis/v1/aicredits/usage?years=2026")
    assert not matches("aistudio.list-images", "/pictoryapis/v1/aistudio/images?pageSize=9")


def test_outbound_fields_when_folded_then_each_is_listed_once() -> None:
    names = Counter(name.lower().replace("_", "").replace("-", "") for name in OUTBOUND_FIELDS)
    assert {name: count for name, count in names.items() if count > 1} == {}


@pytest.mark.parametrize(
    "field",
    [
        "backgroundUri", "article_url", "articleUrl", "voiceOverUri", "backGroundMusicUri", "introUri", "sample",
        "image", "preview_jpg", "thumb", "thumbnail", "shareVideoURL", "srtFile", "vttFile", "txtFile",
    ],
)  # fmt: skip
def test_documented_source_when_written_by_any_writer_then_it_is_listed(field: str) -> None:
    folded = {name.lower().replace("_", "") for name in SOURCE_FIELDS}
    assert field.lower().replace("_", "") in folded


def test_every_write_when_listed_then_it_is_never_retry_safe() -> None:
    assert {o.method for o in OPERATIONS if o.retry_safe} == {"GET"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"path": "/v1/x?y=1"}, "not a template"),
        ({"path": "/v1/../x"}, "dot segment"),
        ({"method": "POST", "retry_safe": True}, "GET only"),
        ({"method": "POST", "max_body_bytes": 10}, "go together"),
        ({"method": "GET", "max_body_bytes": 10, "content_type": "application/json"}, "takes no body"),
        ({"body_root": "array"}, "describes a JSON body: leave it out"),
        (
            {
                "method": "PUT",
                "max_body_bytes": 10,
                "content_type": "application/octet-stream",
                "body_root": "array",
            },
            "set content_type to 'application/json'",
        ),
        (
            {"method": "PUT", "max_body_bytes": 10, "content_type": "application/json", "body_root": "text"},
            "'object' or 'array'",
        ),
    ],
)
def test_operation_when_inconsistent_then_the_error_says_what_would_be_right(
    fields: dict[str, object], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        Operation.model_validate(
            {"id": "x.y", "method": "GET", "path": "/v1/x", "permission": "x.read", **fields}
        )


def test_catalog_when_an_addition_takes_an_id_or_a_path_then_it_is_refused() -> None:
    same_id = Operation(id="jobs.get", method="GET", path="/v9/jobs", permission="jobs.read")
    with pytest.raises(ValueError, match="is taken"):
        Catalog.with_additions([same_id])
    same_path = Operation(id="mine.quota", method="GET", path="/v1/quota", permission="account.read")
    with pytest.raises(ValueError, match=r"account\.quota"):
        Catalog.with_additions([same_path])


def test_catalog_when_operations_are_granted_singly_then_they_join_those_of_permissions() -> None:
    catalog = Catalog.with_additions()
    assert [o.id for o in catalog.granted(["jobs.read"], ["account.quota"])] == ["jobs.get", "account.quota"]
