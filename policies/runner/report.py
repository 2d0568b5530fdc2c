"""What a run found, in a form that every output is made from."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from ..policy.policy import Policy, Severity
from ..policy.verdict import Outcome
from ..stack.acknowledgement import Acknowledgement
from ..stack.problems import Failure

BUILT_IN_SEVERITY = Severity.MEDIUM
"""checkov gives its own policies no severity without an account."""


class Exit(IntEnum):
    """What the process answers."""

    OK = 0
    FINDINGS = 1
    NOT_CHECKED = 2


@dataclass(frozen=True)
class Rule:
    """A policy, ours or checkov's, as reports show it."""

    id: str
    title: str
    severity: Severity
    why: str = ""
    remedy: str = ""
    link: str = ""
    policy: Policy | None = None

    @classmethod
    def of(cls, policy: Policy) -> "Rule":
        """The rule of one of our policies."""
        return cls(
            id=policy.id,
            title=policy.title,
            severity=policy.severity,
            why=policy.why,
            remedy=policy.remedy,
            policy=policy,
        )


@dataclass(frozen=True)
class Finding:
    """One resource that breaks a rule, or of which it cannot be said (``outcome`` is then unknown)."""

    rule: Rule
    outcome: Outcome
    stack: str
    file: str
    line: int
    address: str
    construct: str | None
    reasons: tuple[str, ...]
    is_plan: bool = False


@dataclass(frozen=True)
class Accepted:
    """A finding that was acknowledged."""

    finding: Finding
    acknowledgement: Acknowledgement


@dataclass
class Checked:
    """What was looked at in one file."""

    stack: str
    file: str
    resources: int
    verdicts: int
    is_plan: bool = False


@dataclass
class Report:
    """Everything that a run found. ``failures`` kept it from checking something; ``notes`` decide nothing."""

    checked: list[Checked] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    policies: int = 0

    @property
    def exit(self) -> Exit:
        """2 when something could not be checked, else 1 for findings, else 0."""
        if self.failures or not self.checked:
            return Exit.NOT_CHECKED
        return Exit.FINDINGS if self.findings else Exit.OK

    def add(self, part: "Report") -> None:
        """What another report says as well."""
        self.checked += part.checked
        self.findings += part.findings
        self.accepted += part.accepted
        self.failures += part.failures

    def rules(self) -> list[Rule]:
        """Every rule that a finding names, by id."""
        named = [*self.findings, *(accepted.finding for accepted in self.accepted)]
        return sorted({finding.rule.id: finding.rule for finding in named}.values(), key=lambda rule: rule.id)


_ORDER = {severity: number for number, severity in enumerate(Severity)}


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """By severity, then by rule and place."""
    return sorted(findings, key=lambda f: (_ORDER[f.rule.severity], f.rule.id, f.stack, f.address, f.is_plan))
