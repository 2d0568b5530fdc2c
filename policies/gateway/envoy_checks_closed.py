"""What cannot be checked does not pass."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK, containers
from ._envoy import bootstraps, listeners, messages

_ASKING = ("ExternalProcessor", "ExtAuthz")
_INSPECTOR = "inspector"


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    is_inspected = any(name == _INSPECTOR for name, _ in containers(resource))
    for name, bootstrap in bootstraps(resource):
        asked = [check for kind in _ASKING for check in messages(listeners(bootstrap), kind)]
        for kind in _ASKING:
            if any(check.get("failure_mode_allow") is True for check in messages(bootstrap, kind)):
                yield f"container {name} lets calls pass that could not be checked (failure_mode_allow)"
        if any(
            (check.get("with_request_body") or {}).get("allow_partial_message") is True for check in asked
        ):
            yield f"container {name} has the beginning of a body checked only (allow_partial_message)"
        if is_inspected and not any(
            check.get("with_request_body") or "processing_mode" in check for check in asked
        ):
            yield f"container {name} asks the inspector nothing: bodies leave unread (ext_authz)"
        if asked and not is_inspected:
            yield f"container {name} has bodies read by an inspector that is not in the task"


POLICY = Policy(
    number=121,
    title="Envoy refuses what it could not have checked",
    severity=Severity.CRITICAL,
    practice=Practice.LEAST_PRIVILEGE,
    types=TASK,
    why="Whoever can make the check fail, by a slow or a broken body, would otherwise pass without it.",
    remedy="Leave failure_mode_allow out; keep the ext_authz filter and the container that it asks.",
    judge=judge,
    owasp=("API7:2023", "API8:2023"),
)
