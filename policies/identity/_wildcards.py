"""What is too wide in a policy's statements."""

from typing import Any, Final

from ..stack.statements import Statement
from ..stack.values import Unknown

WITHOUT_RESOURCE: Final = frozenset(
    {
        "ecr:getauthorizationtoken", "xray:puttracesegments", "xray:puttelemetryrecords", "xray:getsamplingrules",
        "xray:getsamplingtargets", "cloudwatch:putmetricdata", "ec2:describenetworkinterfaces",
        "ec2:describesubnets", "ec2:describevpcs", "ec2:describesecuritygroups", "ec2:createnetworkinterface",
        "ec2:deletenetworkinterface", "ec2:assignprivateipaddresses", "ec2:unassignprivateipaddresses",
        "logs:createlogdelivery", "logs:describeloggroups", "logs:describeresourcepolicies", "kms:listkeys",
        "kms:listaliases", "kms:generaterandom", "secretsmanager:getrandompassword", "secretsmanager:listsecrets",
        "sts:getcalleridentity",
    }
)  # fmt: skip
"""Actions that AWS gives on all resources or none, in lower case."""


def is_everything(resource: Any) -> bool:
    """Whether a resource of a statement is all there are."""
    return resource in ("*", "arn:aws:*") or (
        isinstance(resource, str) and set(resource.split(":")) <= {"*", "arn", "aws"}
    )


def wide_actions(statement: Statement) -> list[str]:
    """The actions that name all of a service, or all services."""
    return [action for action in statement.actions if action == "*" or action.endswith(":*")]


def needs_resource(statement: Statement) -> list[str]:
    """The actions that could be given on named resources only."""
    return [action for action in statement.actions if action.lower() not in WITHOUT_RESOURCE]


def text(value: Any) -> str:
    """A principal, resource or value as a person reads it."""
    return value.text if isinstance(value, Unknown) else str(value)
