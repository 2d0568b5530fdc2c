"""A rule of the firewall acts; counting alone is for a trial with an end."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import is_set
from ._rules import block, labels_matched, rules, statements


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    found = rules(resource)
    matched = {label.lower() for rule in found for label in labels_matched(rule)}
    for rule in found:
        if is_set(block(rule.get("action")).get("count")) and not rule.get("rule_label"):
            yield f"rule {rule.get('name')!r} only counts"
        if is_set(block(rule.get("override_action")).get("count")):
            yield f"rule group {rule.get('name')!r} only counts"
        for group in statements(rule, "managed_rule_group_statement"):
            overrides = group.get("rule_action_override") or []
            for override in overrides if isinstance(overrides, list) else [overrides]:
                counted = is_set(block(override.get("action_to_use")).get("count"))
                # A counted rule leaves a label; a rule of ours that reads it decides in its place.
                if counted and not any(
                    label.endswith(str(override.get("name")).lower()) for label in matched
                ):
                    yield f"{group.get('name')} only counts {override.get('name')}, and no rule reads its label"


POLICY = Policy(
    number=46,
    title="No rule of a web ACL only counts",
    severity=Severity.HIGH,
    practice=Practice.WAF,
    types=("aws_wafv2_web_acl", "aws_wafv2_rule_group"),
    why="A rule in count mode looks like protection on every page, and stops nothing.",
    remedy="Set override_action to none and actions to block; where a managed rule must be counted, block by its "
    "label; while a rule is being tried, acknowledge this with a date.",
    judge=judge,
    owasp=("API8:2023",),
)
