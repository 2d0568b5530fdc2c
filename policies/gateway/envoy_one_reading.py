"""What can be read in two ways is refused before anything else is asked."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import bootstraps, leads_on, public_managers
from ._requests import Request, is_refused

_AMBIGUOUS = {
    "names two hosts in one header": {":authority": "a.example,b.example"},
    "names a user before its host": {":authority": "user@a.example"},
    "names a path after its host": {":authority": "a.example/b"},
    "gives its length with a leading zero": {":authority": "a.example", "content-length": "010"},
    "gives its length as several zeros": {":authority": "a.example", "content-length": "00"},
}
_PLAIN = Request({":authority": "a.example:443", "content-length": "10"})


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, bootstrap in bootstraps(resource):
        for manager in filter(leads_on, public_managers(bootstrap)):
            for what, headers in _AMBIGUOUS.items():
                if not is_refused(manager, Request(headers)):
                    yield f"container {name} takes a request that {what}"
            if is_refused(manager, _PLAIN):
                yield f"container {name} refuses every request that has a host and a length"


POLICY = Policy(
    number=127,
    title="Envoy refuses hosts and lengths that can be read in two ways",
    severity=Severity.MEDIUM,
    practice=Practice.LEAST_PRIVILEGE,
    types=TASK,
    why="A host that is two, or a length that some read as octal, is one request to Envoy and another to whoever "
    "stands before or behind it.",
    remedy="Put an RBAC filter of action DENY first, with :authority matched against one host (invert_match) and "
    'content-length against "0[0-9]+".',
    judge=judge,
    owasp=("API8:2023",),
)
