"""What the policies find on our own environments and we accept: each with its reason, its owner and its end."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from pictory_egress.acknowledge import acknowledge
from pictory_egress.cdk import IConstruct, TerraformElement, TerraformStack
from pictory_egress.settings import EnvironmentSettings

OWNER: Final = "platform security"
UNTIL: Final = date(2027, 10, 31)

Where = Literal["everywhere", "unprotected", "local"]


@dataclass(frozen=True)
class Accepted:
    """A finding of ``policy`` on the resource ``path`` below the stack (the stack itself when empty)."""

    policy: str
    path: str
    where: Where
    reason: str


ACCEPTED: Final = (
    Accepted(
        "CKV2_AWS_57", "Egress/Credentials/Secrets/Candidate", "everywhere",
        "The staging secret holds a candidate that a person put there for hours; the key itself rotates.",
    ),
    Accepted(
        "CKV_AWS_272", "Egress/Credentials/Rotation/Function", "everywhere",
        "The package is built from the reviewed source in the same run, and its hash is in the plan.",
    ),
    Accepted(
        "CKV_AWS_145", "Egress/Gateway/LoadBalancer/AccessLogs/Bucket", "everywhere",
        "Elastic Load Balancing delivers access logs to buckets with S3-managed keys only.",
    ),
    Accepted(
        "CKV_AWS_144", "Egress/Gateway/LoadBalancer/AccessLogs/Bucket", "everywhere",
        "Access logs are evidence beside the gateway's own log; losing a region loses the calls too.",
    ),
    Accepted(
        "CKV_AWS_18", "Egress/Gateway/LoadBalancer/AccessLogs/Bucket", "everywhere",
        "A log bucket that logs its own access writes for ever; CloudTrail data events serve who needs them.",
    ),
    Accepted(
        "CKV2_AWS_62", "Egress/Gateway/LoadBalancer/AccessLogs/Bucket", "everywhere",
        "Nothing acts on the arrival of a log file; the alarms read metrics.",
    ),
    Accepted(
        "CKV_AWS_150", "Egress/Gateway/LoadBalancer/Balancer", "unprotected",
        "An environment with protected = false is meant to be taken down.",
    ),
    Accepted(
        "CKV_AWS_150", "Egress/Gateway/Tunnels/Balancer", "local",
        "A sandbox is taken down minutes after it was deployed.",
    ),
    Accepted(
        "CKV_PICTORY_1", "Egress/Gateway/ToPictory", "local",
        "The stand-in for Pictory listens on an unprivileged port of the loopback.",
    ),
    Accepted(
        "CKV_PICTORY_1", "Egress/Credentials/Rotation/ToInternet8443", "local",
        "The stand-in for Pictory listens on an unprivileged port of the loopback.",
    ),
    Accepted(
        "CKV_PICTORY_34", "Egress/Gateway/Service/Task", "local",
        "The stand-in for Pictory has a loopback address; its range alone is exempt.",
    ),
    Accepted(
        "CKV_PICTORY_4", "Egress/Network/Vpc/Vpc", "local",
        "The local AWS has no DNS Firewall.",
    ),
    Accepted(
        "CKV_PICTORY_102", "Egress/Network/Vpc/Vpc", "local",
        "The local AWS resolves no names: there is nothing to log.",
    ),
    Accepted(
        "CKV_PICTORY_45", "Egress/Firewall/WebAcl", "local",
        "The calls of a sandbox's load come from one address, with one credential.",
    ),
    Accepted("CKV_PICTORY_91", "Egress/Monitoring/Topic/Topic", "local", "Nobody is woken for a sandbox."),
    Accepted("CKV_PICTORY_96", "", "local", "The state of a sandbox lives as long as the sandbox: minutes."),
)  # fmt: skip


def accept(stack: TerraformStack, settings: EnvironmentSettings) -> None:
    """Acknowledge on ``stack`` what applies to its environment.

    Raises
    ------
    LookupError
        An exception names a resource that the stack does not have.
    """
    applies = {"everywhere": True, "unprotected": not settings.protected, "local": settings.aws.local}
    for exception in ACCEPTED:
        if not applies[exception.where]:
            continue
        construct = _below(stack, exception.path)
        if not isinstance(construct, TerraformElement | TerraformStack):
            path = "/".join(filter(None, [stack.node.path, exception.path]))
            raise LookupError(
                f"{path}: no such resource: remove the exception of {exception.policy}, or mend its path"
            )
        acknowledge(construct, exception.policy, reason=exception.reason, owner=OWNER, until=UNTIL)


def _below(stack: TerraformStack, path: str) -> IConstruct | None:
    """What lies at ``path`` under ``stack``: asked for step by step, as each step crosses over to jsii's Node."""
    found: IConstruct | None = stack
    for step in filter(None, path.split("/")):
        found = found and found.node.try_find_child(step)
    return found
