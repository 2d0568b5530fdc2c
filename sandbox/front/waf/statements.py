"""Statements of the web ACL as functions of a request. What is not known is an error that names it."""

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from sandbox.front.waf.errors import UnsupportedError
from sandbox.front.waf.fields import Extract, Oversize, extractor
from sandbox.front.waf.rates import Clock, RateCounter
from sandbox.front.waf.request import WafRequest
from sandbox.front.waf.transformations import Transform, transformer

Match = Callable[[WafRequest], bool]

_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "EQ": operator.eq, "NE": operator.ne, "LT": operator.lt, "LE": operator.le, "GT": operator.gt, "GE": operator.ge,
}  # fmt: skip


class References(Protocol):
    """Reads what statements refer to by ARN."""

    def ip_set(self, arn: str) -> Sequence[str]:
        """Address ranges of an IP set."""

    def regex_pattern_set(self, arn: str) -> Sequence[str]:
        """Patterns of a regex pattern set."""


@dataclass(kw_only=True)
class Context:
    """What compiling needs beside the statement. ``rates`` gathers the counters, for their keys to be shown."""

    references: References
    label_prefix: str
    clock: Clock
    rates: list[RateCounter] = field(default_factory=list)


def compile_statement(statement: Mapping[str, Any], *, where: str, context: Context) -> Match:
    """``statement`` as a function; managed rule groups are no plain statements and are compiled elsewhere.

    Raises
    ------
    UnsupportedError
        Its kind, or something in it, is not known here.
    """
    if len(statement) != 1:
        raise UnsupportedError(f"{where}: a statement must be of one kind, not {sorted(statement)}")
    ((kind, body),) = statement.items()
    compile_ = _KINDS.get(kind)
    if compile_ is None:
        raise UnsupportedError(f"{where}: statement {kind!r} is not evaluated here")
    return compile_(body, f"{where}/{kind}", context)


def _and(body: Mapping[str, Any], where: str, context: Context) -> Match:
    parts = [compile_statement(each, where=where, context=context) for each in body["Statements"]]
    return lambda request: all(part(request) for part in parts)


def _or(body: Mapping[str, Any], where: str, context: Context) -> Match:
    parts = [compile_statement(each, where=where, context=context) for each in body["Statements"]]
    return lambda request: any(part(request) for part in parts)


def _not(body: Mapping[str, Any], where: str, context: Context) -> Match:
    part = compile_statement(body["Statement"], where=where, context=context)
    return lambda request: not part(request)


def _ip_set(body: Mapping[str, Any], where: str, context: Context) -> Match:
    if body.get("IPSetForwardedIPConfig"):
        raise UnsupportedError(f"{where}: IPSetForwardedIPConfig is not evaluated here")
    networks = [ipaddress.ip_network(each) for each in context.references.ip_set(body["ARN"])]

    def match(request: WafRequest) -> bool:
        address = ipaddress.ip_address(request.client_address)
        return any(address in network for network in networks)

    return match


def _byte_match(body: Mapping[str, Any], where: str, _: Context) -> Match:
    raw = body["SearchString"]
    wanted = raw.encode() if isinstance(raw, str) else bytes(raw)
    word = re.compile(rb"(?<![A-Za-z0-9_])" + re.escape(wanted) + rb"(?![A-Za-z0-9_])")
    tests: dict[str, Callable[[bytes], bool]] = {
        "EXACTLY": lambda part: part == wanted,
        "STARTS_WITH": lambda part: part.startswith(wanted),
        "ENDS_WITH": lambda part: part.endswith(wanted),
        "CONTAINS": lambda part: wanted in part,
        "CONTAINS_WORD": lambda part: word.search(part) is not None,
    }
    position = body["PositionalConstraint"]
    if position not in tests:
        raise UnsupportedError(f"{where}: PositionalConstraint {position!r} is not evaluated here")
    return _on_field(body, where, tests[position])


def _regex_match(body: Mapping[str, Any], where: str, _: Context) -> Match:
    pattern = _regex(body["RegexString"], where)
    return _on_field(body, where, lambda part: pattern.search(part) is not None)


def _regex_set(body: Mapping[str, Any], where: str, context: Context) -> Match:
    patterns = [_regex(each, where) for each in context.references.regex_pattern_set(body["ARN"])]
    return _on_field(body, where, lambda part: any(pattern.search(part) for pattern in patterns))


def _regex(text: str, where: str) -> re.Pattern[bytes]:
    try:
        return re.compile(text.encode())
    except re.error as error:
        raise UnsupportedError(f"{where}: regular expression {text!r}: {error}") from None


def _size(body: Mapping[str, Any], where: str, _: Context) -> Match:
    compare, size = _COMPARE[body["ComparisonOperator"]], body["Size"]
    return _on_field(body, where, lambda part: compare(len(part), size))


def _on_field(body: Mapping[str, Any], where: str, test: Callable[[bytes], bool]) -> Match:
    extract: Extract = extractor(body["FieldToMatch"], where=where)
    transform: Transform = transformer(body["TextTransformations"], where=where)

    def match(request: WafRequest) -> bool:
        try:
            return any(test(transform(part)) for part in extract(request))
        except Oversize as oversize:
            return oversize.matches

    return match


def _label(body: Mapping[str, Any], where: str, context: Context) -> Match:
    key, scope = body["Key"], body["Scope"]
    if scope == "LABEL":
        # A key without a namespace means a label of this web ACL's own rules.
        names = {key, context.label_prefix + key}
        return lambda request: not names.isdisjoint(request.labels)
    if scope == "NAMESPACE":
        prefixes = (key, context.label_prefix + key)
        return lambda request: any(label.startswith(prefixes) for label in request.labels)
    raise UnsupportedError(f"{where}: label scope {scope!r} is not evaluated here")


def _rate(body: Mapping[str, Any], where: str, context: Context) -> Match:
    counter = RateCounter(
        limit=body["Limit"], window_seconds=body.get("EvaluationWindowSec", 300), clock=context.clock
    )
    context.rates.append(counter)
    scope_down: Match = lambda _: True  # noqa: E731 - a default beside a compiled one
    if body.get("ScopeDownStatement"):
        scope_down = compile_statement(body["ScopeDownStatement"], where=where, context=context)
    key = _rate_key(body, where)

    def match(request: WafRequest) -> bool:
        if not scope_down(request):
            return False
        value = key(request)
        # What has no key is in no aggregate: it is neither counted nor limited.
        return value is not None and counter.is_over(value)

    return match


def _rate_key(body: Mapping[str, Any], where: str) -> Callable[[WafRequest], tuple[bytes, ...] | None]:
    kind = body["AggregateKeyType"]
    if kind == "IP":
        return lambda request: (request.client_address.encode(),)
    if kind == "CONSTANT":
        return lambda _: ()
    if kind != "CUSTOM_KEYS":
        raise UnsupportedError(f"{where}: AggregateKeyType {kind!r} is not evaluated here")
    parts = [_custom_key(each, where) for each in body["CustomKeys"]]

    def key(request: WafRequest) -> tuple[bytes, ...] | None:
        values = [part(request) for part in parts]
        return None if None in values else tuple(value for value in values if value is not None)

    return key


def _custom_key(custom: Mapping[str, Any], where: str) -> Callable[[WafRequest], bytes | None]:
    ((kind, settings),) = custom.items()
    if kind == "IP":
        return lambda request: request.client_address.encode()
    if kind == "HTTPMethod":
        return lambda request: request.method.encode()
    fields = {"Header": "SingleHeader", "UriPath": "UriPath", "QueryString": "QueryString"}
    if kind not in fields:
        raise UnsupportedError(f"{where}: custom key {kind!r} is not evaluated here")
    extract = extractor({fields[kind]: settings}, where=where)
    transform = transformer(settings["TextTransformations"], where=where)

    def part(request: WafRequest) -> bytes | None:
        values = extract(request)
        return transform(values[0]) if values else None

    return part


_KINDS: Final[dict[str, Callable[[Mapping[str, Any], str, Context], Match]]] = {
    "AndStatement": _and,
    "OrStatement": _or,
    "NotStatement": _not,
    "IPSetReferenceStatement": _ip_set,
    "ByteMatchStatement": _byte_match,
    "RegexMatchStatement": _regex_match,
    "RegexPatternSetReferenceStatement": _regex_set,
    "SizeConstraintStatement": _size,
    "LabelMatchStatement": _label,
    "RateBasedStatement": _rate,
}
