"""A listener forwards named paths or hosts."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack, blocks
from ..stack.values import known

_EVERYTHING = frozenset({"*", "/*", "*.*"})
_NAMED = ("path_pattern", "host_header")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if all(action.get("type") != "forward" for action in resource.blocks("action")):
        return
    values: set[str] = set()
    for condition in resource.blocks("condition"):
        for kind in _NAMED:
            for pattern in blocks(condition.get(kind), kind):
                values.update(known(pattern.get("values") or [], kind))
    if not values:
        yield "forwards whatever comes: no condition names a path or a host"
    elif values & _EVERYTHING:
        yield "forwards every path or host"


POLICY = Policy(
    number=17,
    title="Listener rules forward named paths or hosts",
    severity=Severity.MEDIUM,
    practice=Practice.LEAST_PRIVILEGE,
    types=("aws_lb_listener_rule", "aws_alb_listener_rule"),
    why="What is forwarded is parsed by the gateway; what nobody calls is for attackers only.",
    remedy="Give the rule a condition with path_pattern or host_header.",
    judge=judge,
    owasp=("API9:2023",),
)
