"""Runs every policy over every stack, and fails closed: what could not be checked is a failure with a name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from ..policy import catalogue
from ..policy.policy import Policy
from ..policy.verdict import Outcome, PolicyError, judge
from ..stack import plan, synthesized
from ..stack.problems import Failure, StackError
from ..stack.resource import TERRAFORM, Resource, Stack
from . import checkov_rules
from .acknowledging import settle
from .inputs import Input, find
from .parallel import each
from .report import BUILT_IN_SEVERITY, Checked, Finding, Report, Rule


def check(
    places: Sequence[Path],
    *,
    plans: Sequence[Path] = (),
    with_checkov: bool = True,
    today: date | None = None,
    policies: Mapping[str, Policy] | None = None,
    at_once: int = 1,
) -> Report:
    """Check every stack below ``places``, and ``plans``.

    ``today`` decides which acknowledgements still hold (UTC). ``policies`` replace all that there are. ``at_once`` is
    how many stacks are checked at the same time.
    """
    report = Report()
    if policies is None:
        policies, report.failures = catalogue.load()
    report.policies = len(policies)
    inputs, missing = find(places, plans)
    report.failures += missing
    job = partial(
        _check,
        policies=list(policies.values()),
        with_checkov=with_checkov,
        today=today or datetime.now(UTC).date(),
    )
    if with_checkov and min(at_once, len(inputs)) > 1:
        checkov_rules.preload()
    for part in each(job, inputs, at_once=at_once):
        report.add(part)
    return report


def _check(input_: Input, *, policies: list[Policy], with_checkov: bool, today: date) -> Report:
    report = Report()
    written, planned_file = input_.synthesized, input_.plan
    source = _loaded(report, lambda: synthesized.load(written)) if written else None
    planned = _loaded(report, lambda: plan.load(planned_file, source)) if planned_file else None
    findings: list[Finding] = []
    if source and source.modules and not planned:
        message = f"module {', '.join(source.modules)} holds resources that only a plan shows: give the plan as well"
        report.failures.append(Failure("module-not-entered", str(source.file), message))
    for stack in filter(None, (source, planned)):
        findings += _verdicts(stack, policies, report)
        if with_checkov:
            findings += _checkov(stack, report)
    if source and planned:
        _compare(source, planned, report)
        findings = _once(findings)
    owner = source or planned
    if owner:
        judged = None if with_checkov else {policy.id for policy in policies}
        left, accepted = settle(owner, findings, today=today, judged=judged)
        report.findings += left
        report.accepted += accepted
    return report


def _loaded(report: Report, load: Callable[[], Stack]) -> Stack | None:
    try:
        stack = load()
    except StackError as error:
        report.failures.append(error.failure)
        return None
    if not stack.resources:
        message = "a stack without resources: synthesize it again"
        report.failures.append(Failure("nothing-to-check", str(stack.file), message))
        return None
    is_plan = stack.kind == "plan"
    report.checked.append(Checked(stack.name, str(stack.file), len(stack.resources), 0, is_plan=is_plan))
    return stack


def _verdicts(stack: Stack, policies: list[Policy], report: Report) -> list[Finding]:
    rules = {p.id: Rule.of(p) for p in policies}
    findings = []
    for policy in policies:
        # A plan knows neither backend nor pinned versions: its source has been asked.
        if stack.kind == "plan" and policy.types == (TERRAFORM,):
            continue
        try:
            verdicts = judge(policy, stack)
        except PolicyError as error:
            where = f"{stack.file}: {error.resource.address}: {policy.id}"
            report.failures.append(
                Failure(
                    "policy-raised",
                    where,
                    f"{error}: its verdict is missing; mend the policy or the resource",
                )
            )
            continue
        _looked_at(report, stack).verdicts += len(verdicts)
        findings += [
            _finding(rules[policy.id], v.outcome, stack, v.resource, v.reasons)
            for v in verdicts
            if v.outcome is not Outcome.PASS
        ]
    return findings


def _looked_at(report: Report, stack: Stack) -> Checked:
    return next(checked for checked in report.checked if checked.file == str(stack.file))


def _checkov(stack: Stack, report: Report) -> list[Finding]:
    results, seen, failures = checkov_rules.check(stack.file, is_plan=stack.kind == "plan")
    report.failures += failures
    if seen < len(stack.resources) and not failures:
        message = f"checkov saw {seen} of {len(stack.resources)} resources: report it to checkov"
        report.failures.append(Failure("resources-missing", str(stack.file), message))
    _looked_at(report, stack).verdicts += len(results)
    findings = []
    for result in results:
        if not result.passed:
            rule = Rule(result.id, result.title, BUILT_IN_SEVERITY, link=result.guideline or "")
            block = stack.block(result.address) or Resource(result.address, "", "", {}, {})
            findings.append(_finding(rule, Outcome.FAIL, stack, block, ()))
    return findings


def _finding(
    rule: Rule, outcome: Outcome, stack: Stack, resource: Resource, reasons: tuple[str, ...]
) -> Finding:
    return Finding(
        rule=rule,
        outcome=outcome,
        stack=stack.name,
        file=str(stack.file),
        line=resource.line,
        address=resource.address,
        construct=resource.construct,
        reasons=reasons,
        is_plan=stack.kind == "plan",
    )


def _compare(source: Stack, planned: Stack, report: Report) -> None:
    """A plan that lacks resources of its stack is of another state of it."""
    there = {address.split("[")[0] for address in planned.resources}
    missing = sorted(a for a, r in source.resources.items() if a not in there and not _may_be_none(r))
    if missing:
        message = f"lacks {', '.join(missing[:3])}{' and others' if missing[3:] else ''} of its stack: plan it again"
        report.failures.append(Failure("resources-missing", str(planned.file), message))


def _may_be_none(resource: Resource) -> bool:
    return "count" in resource.values or "for_each" in resource.values


def _once(findings: list[Finding]) -> list[Finding]:
    """A finding of the stack that its plan repeats counts once, as the stack's; a plan's verdict settles an unknown."""
    by_key: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        key = (finding.rule.id, finding.address)
        first = by_key.setdefault(key, finding)
        if first.outcome is Outcome.UNKNOWN and finding.outcome is Outcome.FAIL:
            by_key[key] = replace(finding, line=first.line)
    return list(by_key.values())
