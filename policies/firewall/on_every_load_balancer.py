"""Each load balancer has a web ACL before it."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.known("load_balancer_type") not in (None, "application"):
        return
    associations = stack.linking(resource, "resource_arn", types=("aws_wafv2_web_acl_association",))
    if not associations:
        yield "has no web ACL"
    for association in associations:
        if association.get("web_acl_arn") is None:
            yield f"{association.address} names no web ACL"


POLICY = Policy(
    number=41,
    title="Each application load balancer has a web ACL",
    severity=Severity.CRITICAL,
    practice=Practice.WAF,
    types=("aws_lb", "aws_alb"),
    why="Without it nothing limits rates or keeps known attacks from the gateway's parsers.",
    remedy="Add aws_wafv2_web_acl_association with the load balancer's ARN as resource_arn.",
    judge=judge,
    owasp=("API4:2023", "API8:2023"),
)
