"""What no rule of a listener names is refused."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack

# Of a network load balancer, which reads nothing that a rule could name.
_TRANSPORT = ("TLS", "TCP", "UDP", "TCP_UDP")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.known("protocol") in _TRANSPORT:
        return
    for action in resource.blocks("default_action"):
        kind = action.get("type")
        if kind == "redirect":
            continue
        if kind != "fixed-response":
            yield f"does {kind} with whatever no rule names"
        elif not str(resource.known("default_action", "fixed_response", "status_code")).startswith("4"):
            yield "answers what no rule names as if it were served"


POLICY = Policy(
    number=14,
    title="Listeners refuse what no rule names",
    severity=Severity.MEDIUM,
    practice=Practice.LEAST_PRIVILEGE,
    types=("aws_lb_listener", "aws_alb_listener"),
    why="A forward as default action hands the gateway paths and hosts that nobody decided on.",
    remedy='Make the default action a "fixed-response" of status 403, and forward by a rule on the path.',
    judge=judge,
    owasp=("API9:2023",),
)
