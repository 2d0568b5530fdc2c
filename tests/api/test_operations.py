"""The API as data: what a path pattern lets through, and what it must not."""

import re

import pytest
from pydantic import ValidationError

from pictory_egress.api import OPERATIONS, Catalog, Operation

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


def test_default_permissions_when_listed_then_none_destroys_or_connects() -> None:
    catalog = Catalog.with_additions()
    risky = {o.permission for o in catalog.operations if o.destructive or o.connects}
    assert risky == {
        "jobs.delete",
        "projects.delete",
        "templates.delete",
        "connections.write",
        "connections.delete",
    }
    assert not risky & set(catalog.default_permissions)


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
