"""The web ACL whole: rules in their order, what they answer, and what is told of each decision."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sandbox.front.waf.errors import UnsupportedError
from sandbox.front.waf.managed import GROUPS
from sandbox.front.waf.rates import Clock
from sandbox.front.waf.request import WafRequest
from sandbox.front.waf.statements import Context, Match, References, compile_statement

Action = Literal["ALLOW", "BLOCK", "COUNT"]
RuleKind = Literal["REGULAR", "RATE_BASED", "MANAGED_RULE_GROUP"]

DEFAULT_RULE: Final = "Default_Action"
_MEDIA_TYPES: Final = {
    "APPLICATION_JSON": "application/json", "TEXT_PLAIN": "text/plain", "TEXT_HTML": "text/html",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Block:
    """What a blocked caller gets. Without a body of its own, the load balancer's page for the status."""

    status: int = 403
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    content_type: str = "text/html"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a rule that matched does; ``inner`` names the rule of a managed group that decided."""

    action: Action
    block: Block | None = None
    inner: str = ""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule, compiled: ``decide`` gives its outcome, or none when it does not match."""

    name: str
    metric: str
    kind: RuleKind
    group: str
    decide: Callable[[WafRequest], Outcome | None]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What happens to a request: the rule that decided, and those that only counted on the way."""

    action: Literal["ALLOW", "BLOCK"]
    rule: str
    kind: RuleKind
    metric: str
    block: Block | None = None
    inner: str = ""
    group: str = ""
    counted: tuple[tuple[Rule, Outcome], ...] = ()
    labels: tuple[str, ...] = field(default=())


@dataclass(frozen=True, kw_only=True)
class WebAcl:
    """A deployed web ACL that decides."""

    arn: str
    name: str
    metric: str
    rules: tuple[Rule, ...]
    default: Outcome

    def decide(self, request: WafRequest) -> Decision:
        """The first rule that allows or blocks, or else the default action."""
        counted: list[tuple[Rule, Outcome]] = []
        for rule in self.rules:
            outcome = rule.decide(request)
            if outcome is None:
                continue
            if outcome.action == "COUNT":
                counted.append((rule, outcome))
                continue
            return Decision(
                action=outcome.action, rule=rule.name, kind=rule.kind, metric=rule.metric, block=outcome.block,
                inner=outcome.inner, group=rule.group, counted=tuple(counted), labels=tuple(sorted(request.labels)),
            )  # fmt: skip
        assert self.default.action != "COUNT"
        return Decision(
            action=self.default.action, rule=DEFAULT_RULE, kind="REGULAR", metric=DEFAULT_RULE,
            block=self.default.block, counted=tuple(counted), labels=tuple(sorted(request.labels)),
        )  # fmt: skip


def compile_web_acl(
    acl: Mapping[str, Any], *, references: References, clock: Clock = time.monotonic
) -> WebAcl:
    """A web ACL as ``wafv2 get_web_acl`` gives it, ready to decide.

    Raises
    ------
    UnsupportedError
        It holds something that is not known here.
    """
    context = Context(references=references, label_prefix=acl.get("LabelNamespace", ""), clock=clock)
    bodies = acl.get("CustomResponseBodies") or {}
    rules = sorted(acl.get("Rules", []), key=lambda rule: rule["Priority"])
    return WebAcl(
        arn=acl["ARN"],
        name=acl["Name"],
        metric=acl["VisibilityConfig"]["MetricName"],
        rules=tuple(_rule(rule, bodies, context) for rule in rules),
        default=_action(acl["DefaultAction"], bodies, where=f"web ACL {acl['Name']}/DefaultAction"),
    )


def _rule(rule: Mapping[str, Any], bodies: Mapping[str, Any], context: Context) -> Rule:
    where = f"rule {rule['Name']}"
    statement = rule["Statement"]
    if "ManagedRuleGroupStatement" in statement:
        return _group_rule(rule, statement["ManagedRuleGroupStatement"], bodies, context)
    match = compile_statement(statement, where=where, context=context)
    outcome = _action(rule.get("Action") or {}, bodies, where=f"{where}/Action")
    labels = {context.label_prefix + label["Name"] for label in rule.get("RuleLabels") or ()}

    def decide(request: WafRequest) -> Outcome | None:
        if not match(request):
            return None
        request.labels.update(labels)
        return outcome

    return Rule(
        name=rule["Name"], metric=rule["VisibilityConfig"]["MetricName"], group="", decide=decide,
        kind="RATE_BASED" if "RateBasedStatement" in statement else "REGULAR",
    )  # fmt: skip


def _group_rule(
    rule: Mapping[str, Any], statement: Mapping[str, Any], bodies: Mapping[str, Any], context: Context
) -> Rule:
    where, group = f"rule {rule['Name']}", (statement["VendorName"], statement["Name"])
    rules = GROUPS.get(group)
    if rules is None:
        raise UnsupportedError(f"{where}: managed rule group {'/'.join(group)} is not evaluated here")
    override = next(iter(rule.get("OverrideAction") or {"None": {}}))
    if override not in ("None", "Count"):
        raise UnsupportedError(f"{where}: OverrideAction {override!r} is not evaluated here")
    outcomes = {each.name: Outcome(action="BLOCK", block=Block(), inner=each.name) for each in rules}
    for name, outcome in _overrides(statement, bodies, where):
        if name not in outcomes:
            raise UnsupportedError(
                f"{where}: {group[1]} has no rule {name!r}: its action cannot be overridden"
            )
        outcomes[name] = Outcome(action=outcome.action, block=outcome.block, inner=name)
    scope: Match = lambda _: True  # noqa: E731 - a default beside a compiled one
    if statement.get("ScopeDownStatement"):
        scope = compile_statement(statement["ScopeDownStatement"], where=where, context=context)

    def decide(request: WafRequest) -> Outcome | None:
        if not scope(request):
            return None
        counted = None
        for each in rules:
            if not each.match(request):
                continue
            request.labels.add(each.label)
            outcome = outcomes[each.name]
            if outcome.action != "COUNT":
                return Outcome(action="COUNT", inner=each.name) if override == "Count" else outcome
            counted = counted or outcome
        return counted

    return Rule(
        name=rule["Name"], metric=rule["VisibilityConfig"]["MetricName"], kind="MANAGED_RULE_GROUP",
        group="#".join(group), decide=decide,
    )  # fmt: skip


def _overrides(
    statement: Mapping[str, Any], bodies: Mapping[str, Any], where: str
) -> Sequence[tuple[str, Outcome]]:
    counted = [(each["Name"], Outcome(action="COUNT")) for each in statement.get("ExcludedRules") or ()]
    return counted + [
        (each["Name"], _action(each["ActionToUse"], bodies, where=f"{where}/{each['Name']}"))
        for each in statement.get("RuleActionOverrides") or ()
    ]


def _action(action: Mapping[str, Any], bodies: Mapping[str, Any], *, where: str) -> Outcome:
    if len(action) != 1:
        raise UnsupportedError(f"{where}: an action must be one, not {sorted(action)}")
    ((kind, settings),) = action.items()
    if kind in ("Allow", "Count"):
        if (settings or {}).get("CustomRequestHandling"):
            raise UnsupportedError(f"{where}: CustomRequestHandling is not done here")
        return Outcome(action="ALLOW" if kind == "Allow" else "COUNT")
    if kind != "Block":
        raise UnsupportedError(f"{where}: action {kind!r} is not evaluated here")
    response = (settings or {}).get("CustomResponse")
    if not response:
        return Outcome(action="BLOCK", block=Block())
    key = response.get("CustomResponseBodyKey")
    if key is not None and key not in bodies:
        raise UnsupportedError(f"{where}: there is no custom response body {key!r}")
    body = bodies[key] if key else {}
    return Outcome(
        action="BLOCK",
        block=Block(
            status=response["ResponseCode"],
            headers=tuple((each["Name"], each["Value"]) for each in response.get("ResponseHeaders") or ()),
            body=body.get("Content"),
            content_type=_MEDIA_TYPES.get(body.get("ContentType", "TEXT_HTML"), "text/html"),
        ),
    )
