"""Listener rules: the first whose conditions all hold says what is done with a request."""

import fnmatch
import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sandbox.front.waf import UnsupportedError, WafRequest

Condition = Callable[[WafRequest], bool]


@dataclass(frozen=True, kw_only=True)
class Forward:
    """Send it on to a target group."""

    target_group: str


@dataclass(frozen=True, kw_only=True)
class FixedResponse:
    """Answer this."""

    status: int
    body: str
    content_type: str


Action = Forward | FixedResponse


@dataclass(frozen=True)
class Routing:
    """Rules in the order of their priorities; the default, which always holds, is last."""

    rules: tuple[tuple[tuple[Condition, ...], Action], ...]

    @property
    def target_groups(self) -> tuple[str, ...]:
        """ARNs of every target group that a rule forwards to."""
        return tuple(dict.fromkeys(a.target_group for _, a in self.rules if isinstance(a, Forward)))

    def route(self, request: WafRequest) -> Action:
        """What to do with ``request``."""
        return next(
            action for conditions, action in self.rules if all(holds(request) for holds in conditions)
        )


def compile_routing(rules: Sequence[Any]) -> Routing:
    """Rules as ``describe_rules`` gives them.

    Raises
    ------
    UnsupportedError
        A condition or an action is not known here.
    """
    ordered = sorted(
        rules, key=lambda rule: (rule["IsDefault"], int(rule["Priority"]) if not rule["IsDefault"] else 0)
    )
    return Routing(
        tuple(
            (tuple(_condition(each, rule["RuleArn"]) for each in rule.get("Conditions", ())), _action(rule))
            for rule in ordered
        )
    )


def _action(rule: Mapping[str, Any]) -> Action:
    where, actions = rule["RuleArn"], rule["Actions"]
    if len(actions) != 1:
        raise UnsupportedError(f"listener rule {where}: {len(actions)} actions: only one is served here")
    (action,) = actions
    match action["Type"]:
        case "forward":
            groups = action.get("ForwardConfig", {}).get("TargetGroups") or [
                {"TargetGroupArn": action["TargetGroupArn"]}
            ]
            if len(groups) != 1:
                raise UnsupportedError(f"listener rule {where}: weighted target groups are not served here")
            return Forward(target_group=groups[0]["TargetGroupArn"])
        case "fixed-response":
            fixed = action["FixedResponseConfig"]
            return FixedResponse(
                status=int(fixed["StatusCode"]),
                body=fixed.get("MessageBody") or "",
                content_type=fixed.get("ContentType") or "text/plain",
            )
        case kind:
            raise UnsupportedError(f"listener rule {where}: action {kind!r} is not served here")


def _condition(condition: Mapping[str, Any], where: str) -> Condition:
    kind = condition["Field"]
    make = _CONDITIONS.get(kind)
    if make is None:
        raise UnsupportedError(f"listener rule {where}: condition {kind!r} is not served here")
    return make(condition)


def _values(condition: Mapping[str, Any], config: str) -> list[str]:
    return list(condition.get(config, {}).get("Values") or condition.get("Values") or ())


def _wildcards(patterns: Sequence[str], *, fold: bool = False) -> Callable[[str], bool]:
    # Brackets are plain characters to a load balancer.
    compiled = [
        re.compile(fnmatch.translate(pattern.replace("[", "[[]")), re.IGNORECASE if fold else 0)
        for pattern in patterns
    ]
    return lambda text: any(pattern.match(text) for pattern in compiled)


def _path(condition: Mapping[str, Any]) -> Condition:
    matches = _wildcards(_values(condition, "PathPatternConfig"))
    return lambda request: matches(request.uri_path)


def _host(condition: Mapping[str, Any]) -> Condition:
    matches = _wildcards(_values(condition, "HostHeaderConfig"), fold=True)
    return lambda request: matches((request.header("host") or b"").decode("latin-1").rsplit(":", 1)[0])


def _method(condition: Mapping[str, Any]) -> Condition:
    methods = set(_values(condition, "HttpRequestMethodConfig"))
    return lambda request: request.method in methods


def _header(condition: Mapping[str, Any]) -> Condition:
    config = condition["HttpHeaderConfig"]
    name, matches = config["HttpHeaderName"].lower(), _wildcards(config["Values"], fold=True)
    return lambda request: any(
        matches(value.decode("latin-1")) for value in request.header_values.get(name, ())
    )


def _source(condition: Mapping[str, Any]) -> Condition:
    networks = [ipaddress.ip_network(value) for value in _values(condition, "SourceIpConfig")]
    return lambda request: any(
        ipaddress.ip_address(request.client_address) in network for network in networks
    )


_CONDITIONS: Final[dict[str, Callable[[Mapping[str, Any]], Condition]]] = {
    "path-pattern": _path,
    "host-header": _host,
    "http-request-method": _method,
    "http-header": _header,
    "source-ip": _source,
}
