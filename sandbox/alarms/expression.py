"""Metric math: the expressions that the deployed alarms use, over series of periods.

Arithmetic and comparison, ``AND``/``OR``, and IF, FILL, SUM, AVG, MIN, MAX, ABS, CEIL, FLOOR. A period counts only
where every series of an operation has a value; a division by zero has none.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.alarms.errors import UnsupportedError
from sandbox.alarms.series import Series

Value = float | Series

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<operator>&&|\|\||<=|>=|==|!=|[-+*/^(),<>\[\]]))"
)


@dataclass(frozen=True)
class Scope:
    """What names mean, and how many periods there are."""

    series: Mapping[str, Series]
    periods: int


Evaluate = Callable[[Scope], Value]


@dataclass(frozen=True)
class Expression:
    """A parsed expression, and the identifiers that it uses."""

    text: str
    names: frozenset[str]
    _evaluate: Evaluate

    def evaluate(self, scope: Scope) -> Series:
        """The expression's value in each period."""
        value = self._evaluate(scope)
        return _spread(value, scope) if isinstance(value, float) else value


def parse(text: str, *, where: str) -> Expression:
    """Parse ``text``; ``where`` names the alarm in errors.

    Raises
    ------
    UnsupportedError
        A function or a form is not known here.
    """
    parser = _Parser(text, where)
    evaluate = parser.disjunction()
    parser.end()
    return Expression(text, frozenset(parser.names), evaluate)


class _Parser:
    def __init__(self, text: str, where: str) -> None:
        self.names: set[str] = set()
        self._where = f"{where}: expression {text!r}"
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if not match or match.lastgroup is None:
                raise self._error(f"{text[position:].strip()!r} is not understood")
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()

    def disjunction(self) -> Evaluate:
        left = self._conjunction()
        while self._take("||", "OR"):
            left = _pairwise(left, self._conjunction(), lambda a, b: float(a != 0 or b != 0))
        return left

    def end(self) -> None:
        if self._tokens:
            raise self._error(f"{self._tokens[0][1]!r} is too much")

    def _conjunction(self) -> Evaluate:
        left = self._comparison()
        while self._take("&&", "AND"):
            left = _pairwise(left, self._comparison(), lambda a, b: float(a != 0 and b != 0))
        return left

    def _comparison(self) -> Evaluate:
        left = self._sum()
        while sign := self._take(*_COMPARISONS):
            left = _pairwise(left, self._sum(), _COMPARISONS[sign])
        return left

    def _sum(self) -> Evaluate:
        left = self._product()
        while sign := self._take("+", "-"):
            left = _pairwise(left, self._product(), operator.add if sign == "+" else operator.sub)
        return left

    def _product(self) -> Evaluate:
        left = self._sign()
        while sign := self._take("*", "/"):
            left = _pairwise(left, self._sign(), operator.mul if sign == "*" else _divide)
        return left

    def _sign(self) -> Evaluate:
        if self._take("-"):
            return _pairwise(lambda _: 0.0, self._sign(), operator.sub)
        base = self._atom()
        return _pairwise(base, self._sign(), _power) if self._take("^") else base

    def _atom(self) -> Evaluate:
        if not self._tokens:
            raise self._error("it ends too early")
        kind, text = self._tokens.pop(0)
        if kind == "number":
            return lambda _: float(text)
        if text == "(":
            inner = self.disjunction()
            self._expect(")")
            return inner
        if kind == "name" and self._take("("):
            return self._call(text)
        if kind == "name":
            self.names.add(text)
            return lambda scope: scope.series[text]
        raise self._error(f"{text!r} is not evaluated here")

    def _call(self, name: str) -> Evaluate:
        arguments, is_list = [], False
        while not self._take(")"):
            if self._take("["):
                is_list = True
                continue
            if self._take("]", ","):
                continue
            arguments.append(self.disjunction())
        function = name.upper()
        if function == "IF" and len(arguments) == 3:
            return _if(*arguments)
        if function == "FILL" and len(arguments) == 2:
            return _fill(*arguments)
        if function in _UNARY and len(arguments) == 1:
            return _pairwise(arguments[0], lambda _: 0.0, lambda value, _: _UNARY[function](value))
        if function in _AGGREGATES and is_list and arguments:
            return _aggregate(arguments, _AGGREGATES[function])
        raise self._error(f"{name} with {len(arguments)} arguments is not evaluated here")

    def _take(self, *texts: str) -> str | None:
        if self._tokens and self._tokens[0][0] != "number" and self._tokens[0][1] in texts:
            return self._tokens.pop(0)[1]
        return None

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._error(f"{text!r} is missing")

    def _error(self, what: str) -> UnsupportedError:
        return UnsupportedError(f"{self._where}: {what}")


def _spread(value: Value, scope: Scope) -> Series:
    return dict.fromkeys(range(scope.periods), value) if isinstance(value, float) else value


def _pairwise(left: Evaluate, right: Evaluate, combine: Callable[[float, float], float]) -> Evaluate:
    def evaluate(scope: Scope) -> Value:
        a, b = left(scope), right(scope)
        if isinstance(a, float) and isinstance(b, float):
            return float(combine(a, b))
        first, second = _spread(a, scope), _spread(b, scope)
        values = {index: float(combine(first[index], second[index])) for index in first if index in second}
        return {index: value for index, value in values.items() if not math.isnan(value)}

    return evaluate


def _if(condition: Evaluate, true: Evaluate, false: Evaluate) -> Evaluate:
    def evaluate(scope: Scope) -> Value:
        chosen, yes, no = (_spread(each(scope), scope) for each in (condition, true, false))
        sources = {index: yes if value != 0 else no for index, value in chosen.items()}
        return {index: source[index] for index, source in sources.items() if index in source}

    return evaluate


def _fill(series: Evaluate, filler: Evaluate) -> Evaluate:
    def evaluate(scope: Scope) -> Value:
        known, filling = series(scope), _spread(filler(scope), scope)
        if isinstance(known, float):
            return known
        indexes = [index for index in range(scope.periods) if index in known or index in filling]
        return {index: known[index] if index in known else filling[index] for index in indexes}

    return evaluate


def _aggregate(parts: Sequence[Evaluate], combine: Callable[[Sequence[float]], float]) -> Evaluate:
    def evaluate(scope: Scope) -> Value:
        known = [_spread(part(scope), scope) for part in parts]
        gathered = {
            index: [series[index] for series in known if index in series] for index in range(scope.periods)
        }
        return {index: combine(values) for index, values in gathered.items() if values}

    return evaluate


def _divide(a: float, b: float) -> float:
    return a / b if b else math.nan


def _power(a: float, b: float) -> float:
    try:
        return float(a**b)
    except (OverflowError, ZeroDivisionError, TypeError):
        return math.nan


_COMPARISONS: Final[dict[str, Callable[[float, float], float]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_UNARY: Final[dict[str, Callable[[float], float]]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}
_AGGREGATES: Final[dict[str, Callable[[Sequence[float]], float]]] = {
    "SUM": math.fsum, "AVG": lambda values: math.fsum(values) / len(values), "MIN": min, "MAX": max,
}  # fmt: skip
