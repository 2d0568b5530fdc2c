"""Each call is on record, without its credential."""

import operator
import re
from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import Json, bootstraps, managers

_STATUSES = (0, 101, 200, 204, 302, 400, 401, 403, 404, 429, 500, 503)
"""Of calls that have to be on record, whoever refused them; 0 is the status of those that nobody answered."""
_COMPARISONS = {"EQ": operator.eq, "GE": operator.ge, "LE": operator.le, "NE": operator.ne}
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
    elif unseen := [
        code for code in _STATUSES if not any(_takes(log.get("filter") or {}, code) for log in logs)
    ]:
        yield f"keeps no record of calls that end with {', '.join(map(str, unseen))} (access_log)"
    if manager.get("generate_request_id") is False:
        yield "gives calls no id to find them by (generate_request_id)"
    if _SECRETS.search(str(logs)):
        yield "writes credentials into its log (access_log)"


def _takes(of: Json, code: int) -> bool:
    """Whether a filter lets a call with this status into its log, as far as status is what it goes by."""
    for kind, holds in (("and_filter", all), ("or_filter", any)):
        if kind in of:
            return holds(_takes(inner, code) for inner in of[kind].get("filters") or [])
    if "status_code_filter" not in of:
        return True
    comparison = of["status_code_filter"].get("comparison") or {}
    value = int((comparison.get("value") or {}).get("default_value", 0))
    return bool(_COMPARISONS[comparison.get("op", "EQ")](code, value))


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
