"""Functions run on what AWS still mends."""

import re
from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack

_OLDEST = {"python": (3, 12), "nodejs": (22, 0), "java": (17, 0), "dotnet": (8, 0), "ruby": (3, 3)}
_RUNTIME = re.compile(r"([a-z]+)(\d+)(?:\.(\d+))?(\.x)?")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    runtime = resource.known("runtime")
    if runtime is None or runtime.startswith("provided."):
        return
    match = _RUNTIME.fullmatch(runtime)
    oldest = _OLDEST.get(match[1]) if match else None
    if not match or not oldest or (int(match[2]), int(match[3] or 0)) < oldest:
        yield f"runs on {runtime}"


POLICY = Policy(
    number=67,
    title="Lambda functions run on supported runtimes",
    severity=Severity.MEDIUM,
    practice=Practice.UPDATES,
    types=("aws_lambda_function",),
    why="A runtime past its end gets no security fixes, and one day functions on it can no longer be changed.",
    remedy="Set runtime to python3.13, or another that AWS supports for years to come.",
    judge=judge,
    fsbp=("Lambda.2",),
    owasp=("API8:2023",),
)
