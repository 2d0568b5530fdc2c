"""Whoever an alarm wakes is told what to do."""

import re
from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from .tells_somebody import ALARMS

_LINK = re.compile(r"https://[^\s]+")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    if not _LINK.search(str(resource.known("alarm_description") or "")):
        yield "links to no runbook"


POLICY = Policy(
    number=88,
    title="Each alarm's description links to its runbook",
    severity=Severity.LOW,
    practice=Practice.MONITORING,
    types=ALARMS,
    why="At three in the morning nobody works out what a metric's name means.",
    remedy="End alarm_description with the https:// address of what to do.",
    judge=judge,
)
