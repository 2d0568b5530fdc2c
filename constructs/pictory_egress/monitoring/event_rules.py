"""Turns notices into EventBridge rules that tell the topic."""

import json
from collections.abc import Sequence
from typing import Any

from pictory_egress.cdk import Construct, aws
from pictory_egress.monitoring.notices import Notice


def event_rule(
    scope: Construct,
    notice: Notice,
    *,
    name: str,
    topic_arn: str,
    runbook_url: str,
    depends_on: Sequence[Any],
) -> str:
    """The rule and the target of one notice; returns the rule's name."""
    rule = aws.cloudwatch_event_rule.CloudwatchEventRule(
        scope,
        notice.slug,
        name=f"{name}-{notice.slug}",
        description=f"{notice.meaning}. Runbook: {runbook_url}#{notice.slug}",
        event_pattern=json.dumps(notice.pattern),
        # A rule that is only ENABLED is never shown a read.
        state="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" if notice.reads else "ENABLED",
    )
    lines = (
        f"{notice.meaning}.",
        notice.text,
        f"Runbook: {runbook_url}#{notice.slug}",
        f"Dedupe: {name}/{notice.slug}",
    )
    aws.cloudwatch_event_target.CloudwatchEventTarget(
        scope,
        f"{notice.slug}-topic",
        rule=rule.name,
        target_id="alarms",
        arn=topic_arn,
        input_transformer={
            "input_paths": dict(notice.paths),
            # SNS takes one JSON string a line.
            "input_template": "\n".join(f'"{line}"' for line in lines),
        },
        depends_on=list(depends_on),
    )
    return f"{name}-{notice.slug}"
