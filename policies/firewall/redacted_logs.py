"""A web ACL is logged, and no log of it holds a credential."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._protected import in_log, in_samples, logs

_HEADER = "authorization"


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    configurations = logs(resource, stack)
    if not configurations:
        yield "is not logged"
    for configuration in configurations:
        if not configuration.get("log_destination_configs"):
            yield f"{configuration.address} names no destination"
        redacted = in_log(configuration)
        if _HEADER not in redacted:
            yield f"{configuration.address} writes the {_HEADER} header into the log"
        if shown := sorted(in_samples(resource) - redacted - {_HEADER}):
            yield f"{configuration.address} writes {', '.join(shown)} into the log, hidden in samples"


POLICY = Policy(
    number=44,
    title="Web ACLs are logged, without the authorization header",
    severity=Severity.HIGH,
    practice=Practice.MONITORING,
    types=("aws_wafv2_web_acl",),
    why="An unlogged firewall hides attacks; one that logs credentials hands them to whoever reads logs.",
    remedy='Add aws_wafv2_web_acl_logging_configuration with redacted_fields single_header "authorization".',
    judge=judge,
    owasp=("API2:2023",),
)
