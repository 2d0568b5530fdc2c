"""Each call is on record, without its credential."""

import re
from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import Json, bootstraps, managers

# In any command that can read a header: REQ and its alternative, COALESCE, CEL.
_SECRETS = re.compile(
    r"%[A-Z_]+\([^%]*(?<![\w-])((proxy-)?authorization|(set-)?cookie|x-api-key)(?![\w-])", re.IGNORECASE
)


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, bootstrap in bootstraps(resource):
        for manager in managers(bootstrap):
            yield from (f"container {name} {problem}" for problem in _problems(manager))


def _problems(manager: Json) -> Iterator[str]:
    logs = manager.get("access_log") or []
    if not logs:
        yield "keeps no record of calls (access_log)"
    if manager.get("generate_request_id") is False:
        yield "gives calls no id to find them by (generate_request_id)"
    if _SECRETS.search(str(logs)):
        yield "writes credentials into its log (access_log)"


POLICY = Policy(
    number=119,
    title="Envoy logs each call, without credentials",
    severity=Severity.HIGH,
    practice=Practice.MONITORING,
    types=TASK,
    why="The access log says who called what; filters behind it edit the same headers, so that a log of "
    "them shows the Pictory key.",
    remedy="Give each connection manager an access_log whose format takes metadata, not "
    "%REQ(authorization)%.",
    judge=judge,
    owasp=("API2:2023",),
)
