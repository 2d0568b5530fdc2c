"""The reference page of all policies, made from them."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..policy import catalogue
from ..policy.policy import Policy, Practice
from .report import Exit

_STANDARDS: Final = (
    ("fsbp", "AWS FSBP"), ("cis", "CIS AWS 3.0"), ("owasp", "OWASP API"),
)  # fmt: skip


def write(file: Path) -> int:
    """Write the page; answers the exit code."""
    policies, failures = catalogue.load()
    for failure in failures:
        print(f"NOT WRITTEN  {failure}", file=sys.stderr)
    if failures:
        return int(Exit.NOT_CHECKED)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page(policies), encoding="utf-8")
    return int(Exit.OK)


def page(policies: dict[str, Policy]) -> str:
    """The page as Markdown."""
    return "\n".join(_lines(policies)).rstrip("\n") + "\n"


def _lines(policies: dict[str, Policy]) -> Iterator[str]:
    yield "# Policies"
    yield ""
    yield "<!-- Made by `make docs` from the files in policies/: change those, not this. -->"
    yield ""
    yield f"{len(policies)} policies over synthesized stacks and their plans, beside checkov's own."
    yield "`make check` runs both; stock checkov runs them with"
    yield "`checkov --external-checks-dir policies -d cdktf.out --framework terraform_json`."
    yield "A value that is not known before the stack is applied makes a verdict *unknown*: reported, and no pass."
    yield "A finding that does no harm is accepted at its resource with `pictory_egress.acknowledge`."
    yield ""
    yield from _by_practice(policies)
    for folder in catalogue.GUARDED:
        yield f"## {folder.replace('_', ' ').capitalize()}"
        yield ""
        for place, policy in policies.items():
            if place.split("/")[0] == folder:
                yield from _policy(place, policy)


def _by_practice(policies: dict[str, Policy]) -> Iterator[str]:
    yield "| practice | policies |"
    yield "|---|---|"
    for practice in Practice:
        ids = [_link(policy) for policy in policies.values() if policy.practice is practice]
        yield f"| {practice.value} | {', '.join(ids)} |"
    yield ""


def _plain(text: str) -> str:
    """``text`` with what Markdown would take for markup."""
    return text.replace("<", "&lt;").replace("*", r"\*").replace("_", r"\_")


def _link(policy: Policy) -> str:
    return f"[{policy.number}](#{policy.id.lower()})"


def _policy(place: str, policy: Policy) -> Iterator[str]:
    yield f"### {policy.id}"
    yield ""
    yield f"**{policy.title}.** Severity {policy.severity}; {policy.practice.value}."
    yield f"On `{'`, `'.join(policy.types)}`; `policies/{place}.py`."
    yield ""
    yield f"*Why:* {_plain(policy.why)}"
    yield ""
    yield f"*Mend:* {_plain(policy.remedy)}"
    yield ""
    mapped = [
        f"{name} {', '.join(getattr(policy, field))}" for field, name in _STANDARDS if getattr(policy, field)
    ]
    if mapped:
        yield f"*Maps to:* {'; '.join(mapped)}."
        yield ""
