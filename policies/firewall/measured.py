"""What the firewall does is counted, and what it shows holds no secrets."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import is_set, known
from ._protected import in_log, in_samples, logs
from ._rules import block, rules


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    named = [
        ("the web ACL", resource.values),
        *((f"rule {rule.get('name')!r}", rule) for rule in rules(resource)),
    ]
    samples = False
    for name, part in named:
        visibility = block(part.get("visibility_config"))
        samples = samples or visibility.get("sampled_requests_enabled") is True
        if visibility.get("cloudwatch_metrics_enabled") is not True:
            yield f"{name} is not counted (cloudwatch_metrics_enabled)"
    protected = block(resource.get("data_protection_config")).get("data_protection")
    if samples and not is_set(protected):
        yield "shows whole requests as samples, credentials among them (data_protection_config)"
    if is_set(protected):
        if "BODY" not in {block(entry.get("field")).get("field_type") for entry in _listed(protected)}:
            yield "shows parts of bodies in the details of rules (data_protection BODY)"
        for configuration in logs(resource, stack):
            if shown := sorted(in_log(configuration) - in_samples(resource)):
                yield f"shows {', '.join(shown)} in samples, redacted in {configuration.address}"
    for entry in _listed(protected):
        excluded = [entry.get(f"exclude_{what}_details") for what in ("rule_match", "rate_based")]
        if True in known(excluded, "data_protection"):
            yield "shows what it protects in the details of rules (exclude_…_details)"


def _listed(value: Any) -> list[Mapping[str, Any]]:
    return value if isinstance(value, list) else [value] if value else []


POLICY = Policy(
    number=47,
    title="Web ACLs count what each rule does, and show samples without secrets",
    severity=Severity.MEDIUM,
    practice=Practice.MONITORING,
    types=("aws_wafv2_web_acl",),
    why="Without metrics no alarm sees an attack; samples show headers as they came, whatever the log redacts.",
    remedy="Set cloudwatch_metrics_enabled everywhere, and data_protection_config for the secret headers.",
    judge=judge,
    fsbp=("WAF.12",),
    owasp=("API2:2023",),
)
