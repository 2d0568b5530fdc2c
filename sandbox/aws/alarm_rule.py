"""CloudWatch's composite alarm rules: ``ALARM("a") AND NOT (OK(b) OR INSUFFICIENT_DATA(c))``.

Precedence is CloudWatch's: NOT before AND before OR. Alarms are named by name or ARN, quoted or not.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

States = Callable[[str], str]
_TOKEN = re.compile(
    r"""\s*(?:(?P<punct>[()])|"(?P<quoted>[^"]*)"|'(?P<single>[^']*)'|(?P<word>[^\s()"']+))"""
)
_STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")


class RuleError(ValueError):
    """The rule does not follow CloudWatch's grammar."""


@dataclass(frozen=True)
class Rule:
    """A parsed rule: the alarms that it names, and how their states decide it."""

    alarms: tuple[str, ...]
    holds: Callable[[States], bool]


def parse(text: str) -> Rule:
    """Parse a rule; raises RuleError, which says where."""
    parser = _Parser(list(_tokens(text)))
    holds = parser.disjunction()
    if parser.tokens:
        raise RuleError(f"unexpected {parser.tokens[0]!r}")
    return Rule(tuple(dict.fromkeys(name.rpartition(":alarm:")[2] for name in parser.alarms)), holds)


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if not match:
            raise RuleError(f"unexpected {text[at:].strip()[:20]!r}")
        at = match.end()
        yield next(group for group in match.groups() if group is not None)


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.alarms = tokens, list[str]()

    def take(self, *wanted: str) -> str | None:
        if self.tokens and (not wanted or self.tokens[0].upper() in wanted):
            return self.tokens.pop(0)
        return None

    def expect(self, what: str) -> None:
        if not self.take(what):
            raise RuleError(
                f"{what!r} expected" + (f" before {self.tokens[0]!r}" if self.tokens else " at the end")
            )

    def disjunction(self) -> Callable[[States], bool]:
        terms = [self.conjunction()]
        while self.take("OR"):
            terms.append(self.conjunction())
        return lambda states: any(term(states) for term in terms)

    def conjunction(self) -> Callable[[States], bool]:
        terms = [self.term()]
        while self.take("AND"):
            terms.append(self.term())
        return lambda states: all(term(states) for term in terms)

    def term(self) -> Callable[[States], bool]:
        if self.take("NOT"):
            inner = self.term()
            return lambda states: not inner(states)
        if self.take("("):
            inner = self.disjunction()
            self.expect(")")
            return inner
        constant = self.take("TRUE", "FALSE")
        if constant:
            return lambda _states: constant.upper() == "TRUE"
        state = self.take(*_STATES)
        if not state:
            raise RuleError(
                f"a condition expected, found {self.tokens[0]!r}" if self.tokens else "it ends too early"
            )
        self.expect("(")
        name = self.take()
        if not name or name in "()":
            raise RuleError(f"the name of an alarm expected in {state}()")
        self.expect(")")
        self.alarms.append(name)
        short, wanted = name.rpartition(":alarm:")[2], state.upper()
        return lambda states: states(short) == wanted
