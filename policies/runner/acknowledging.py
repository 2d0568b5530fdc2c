"""Takes acknowledged findings out, and puts in what is wrong with the acknowledgements."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import Final

from ..policy.policy import Severity
from ..policy.verdict import Outcome
from ..stack.acknowledgement import Acknowledgement
from ..stack.environments import is_production
from ..stack.resource import Resource, Stack
from .report import Accepted, Finding, Rule

LONGEST: Final = timedelta(days=731)

UNUSED: Final = Rule(
    "PICTORY_ACK_UNUSED", "An acknowledgement accepts nothing", Severity.MEDIUM,
    why="What it accepted is mended, or its id is misspelt; it would hide the next finding.",
    remedy="Remove the acknowledge() call.",
)  # fmt: skip
ENDED: Final = Rule(
    "PICTORY_ACK_ENDED", "An acknowledgement has ended", Severity.MEDIUM,
    why="Its day is past: what it accepted is a finding again.",
    remedy="Mend the finding, or acknowledge it anew, with a reason that still holds.",
)  # fmt: skip
CRITICAL: Final = Rule(
    "PICTORY_ACK_CRITICAL", "A critical policy is acknowledged in production", Severity.CRITICAL,
    why="Production is what the critical policies are for: nothing there is accepted.",
    remedy="Remove the acknowledge() call, and mend the finding.",
)  # fmt: skip
TOO_LONG: Final = Rule(
    "PICTORY_ACK_TOO_LONG", "An acknowledgement holds for more than two years", Severity.MEDIUM,
    why="Reasons change: somebody must look at them again.",
    remedy="Set until to a day within two years.",
)  # fmt: skip


def settle(
    stack: Stack, findings: Iterable[Finding], *, today: date, judged: Collection[str] | None
) -> tuple[list[Finding], list[Accepted]]:
    """What is left of ``findings``, with the problems of acknowledgements; and what is accepted.

    ``judged`` are the ids of the policies that ran, None for all there are: an acknowledgement of another one is
    not called unused.
    """
    left, accepted = [], []
    used: set[tuple[str, str]] = set()
    given = {(r.address, a.policy): (r, a) for r in _blocks(stack) for a in r.acknowledgements}
    holding = {key for key, (_, a) in given.items() if _problem(stack, a, findings, today) is None}
    for finding in findings:
        key = (_without_instance(finding.address), finding.rule.id)
        if key in given:
            used.add(key)
        if key in holding:
            accepted.append(Accepted(finding, given[key][1]))
        else:
            left.append(finding)
    for key, (resource, acknowledgement) in given.items():
        problem = _problem(stack, acknowledgement, findings, today)
        if problem is not None:
            left.append(_finding(problem, stack, resource, acknowledgement))
        elif key not in used and (judged is None or acknowledgement.policy in judged):
            left.append(_finding(UNUSED, stack, resource, acknowledgement))
    return left, accepted


def _blocks(stack: Stack) -> Iterator[Resource]:
    yield stack.terraform
    yield from stack.resources.values()
    yield from stack.data.values()


def _problem(stack: Stack, given: Acknowledgement, findings: Iterable[Finding], today: date) -> Rule | None:
    if today > given.until:
        return ENDED
    if given.until > today + LONGEST:
        return TOO_LONG
    critical = any(f.rule.id == given.policy and f.rule.severity is Severity.CRITICAL for f in findings)
    return CRITICAL if critical and is_production(stack) else None


def _without_instance(address: str) -> str:
    return address.split("[")[0]


def _finding(rule: Rule, stack: Stack, resource: Resource, given: Acknowledgement) -> Finding:
    reason = f"{given.policy}, accepted by {given.owner} until {given.until}: {given.reason}"
    return Finding(
        rule=rule,
        outcome=Outcome.FAIL,
        stack=stack.name,
        file=str(stack.file),
        line=resource.line,
        address=resource.address,
        construct=resource.construct,
        reasons=(reason,),
    )
