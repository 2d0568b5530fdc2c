"""What a policy is: one rule, why it stands, and how to mend what breaks it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..stack.resource import Resource, Stack

Judge = Callable[[Resource, Stack], Iterator[str]]
"""Yields a sentence for each way in which a resource breaks the rule; none when it keeps it."""

_REFERENCES: Final = {
    "fsbp": re.compile(r"[A-Za-z][A-Za-z0-9]*\.\d+"),
    "cis": re.compile(r"\d+\.\d+(\.\d+)?"),
    "owasp": re.compile(r"API\d{1,2}:2023"),
}


class Severity(StrEnum):
    """How bad a finding is. What is critical cannot be acknowledged in production."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Practice(StrEnum):
    """The eight practices that this project stands for."""

    AUTHENTICATION = "authentication"
    HTTPS = "HTTPS"
    LEAST_PRIVILEGE = "least privilege"
    ROTATION = "rotation"
    MONITORING = "monitoring"
    ADDRESSES = "address allow-listing"
    WAF = "WAF"
    UPDATES = "updates"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One rule over the resources of ``types``.

    ``why`` is what goes wrong without it, ``remedy`` what to write. ``fsbp`` are controls of the AWS Foundational
    Security Best Practices, ``cis`` recommendations of the CIS AWS Foundations Benchmark 3.0, ``owasp`` entries
    of the OWASP API Security Top 10.

    ``judge`` may let :class:`~..stack.values.NotKnownError` pass: the verdict is then unknown.
    """

    number: int
    title: str
    severity: Severity
    practice: Practice
    types: tuple[str, ...]
    why: str
    remedy: str
    judge: Judge
    fsbp: tuple[str, ...] = ()
    cis: tuple[str, ...] = ()
    owasp: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        texts = {"title": self.title, "why": self.why, "remedy": self.remedy}
        empty = [name for name, text in texts.items() if not text.strip()]
        if self.number < 1 or empty or not self.types:
            raise ValueError(
                f"policy {self.number}: give a number from 1, types, and text for {empty or 'all fields'}"
            )
        for name, pattern in _REFERENCES.items():
            wrong = [entry for entry in getattr(self, name) if not pattern.fullmatch(entry)]
            if wrong:
                raise ValueError(
                    f"policy {self.number}: {name} {wrong[0]!r} does not have the form {pattern.pattern}"
                )

    @property
    def id(self) -> str:
        """The id by which checkov knows it."""
        return f"CKV_PICTORY_{self.number}"
