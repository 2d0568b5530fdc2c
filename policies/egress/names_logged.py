"""Every name that is looked up in a VPC is on record."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack

_CONFIG = "aws_route53_resolver_query_log_config"


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    associations = stack.linking(resource, "resource_id", types=(f"{_CONFIG}_association",))
    if not associations:
        yield "does not log the names that are looked up"
    for association in associations:
        if not association.get("resolver_query_log_config_id"):
            yield f"{association.address} names no configuration"
        for config in stack.linked(association, "resolver_query_log_config_id", types=(_CONFIG,)):
            if not config.get("destination_arn"):
                yield f"{config.address} names no destination"


POLICY = Policy(
    number=102,
    title="Each VPC logs the names that are looked up in it",
    severity=Severity.MEDIUM,
    practice=Practice.MONITORING,
    types=("aws_vpc",),
    why="A DNS tunnel, or a program that looks for another host than Pictory, shows in these names first.",
    remedy="Add aws_route53_resolver_query_log_config, and its association with the VPC.",
    judge=judge,
)
