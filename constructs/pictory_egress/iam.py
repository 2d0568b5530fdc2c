"""IAM policy documents as JSON text. Values may be tokens: Terraform fills them in at deployment."""

import json
from collections.abc import Mapping, Sequence
from typing import Any


def statement(
    sid: str,
    *,
    actions: Sequence[str],
    resources: Sequence[str],
    effect: str = "Allow",
    principals: Mapping[str, Any] | str | None = None,
    conditions: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """One statement; ``principals`` as IAM writes them, such as ``{"Service": "ecs-tasks.amazonaws.com"}``."""
    result: dict[str, Any] = {"Sid": sid, "Effect": effect}
    if principals is not None:
        result["Principal"] = principals
    result |= {"Action": list(actions), "Resource": list(resources)}
    if conditions:
        result["Condition"] = conditions
    return result


def document(*statements: Mapping[str, Any]) -> str:
    """A policy document of ``statements``."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str, *, account_id: str | None = None, source_arn: str | None = None) -> str:
    """The trust policy of a role that ``service`` assumes; only for ``account_id`` and ``source_arn``, where given."""
    assume: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    conditions: dict[str, Any] = {}
    if account_id is not None:
        conditions["StringEquals"] = {"aws:SourceAccount": account_id}
    if source_arn is not None:
        conditions["ArnLike"] = {"aws:SourceArn": source_arn}
    if conditions:
        assume["Condition"] = conditions
    return json.dumps({"Version": "2012-10-17", "Statement": [assume]})
