"""The same providers make the plan and the stack."""

import re
from collections.abc import Iterator, Mapping

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import TERRAFORM, Resource, Stack
from ..stack.values import known

_EXACT = re.compile(r"=?\s*\d+\.\d+\.\d+")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    providers = known(resource.get("required_providers") or {}, "required_providers")
    for name, wanted in providers.items():
        version = wanted.get("version") if isinstance(wanted, Mapping) else wanted
        if not _EXACT.fullmatch(str(version or "")):
            yield f"takes provider {name} {version or 'in any version'}"
    for name in stack.providers:
        if name not in providers:
            yield f"takes provider {name} in any version"
    if not resource.known("required_version"):
        yield "takes any version of Terraform (required_version)"


POLICY = Policy(
    number=97,
    title="Providers are pinned to one version, Terraform to a least one",
    severity=Severity.MEDIUM,
    practice=Practice.UPDATES,
    types=(TERRAFORM,),
    why="A provider that changes between plan and apply, or between two machines, makes something nobody reviewed.",
    remedy="Give each of required_providers an exact version, and the stack a required_version.",
    judge=judge,
)
