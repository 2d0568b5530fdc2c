"""EventBridge beyond moto: SNS and Lambda as targets, input transformers of several lines, and rules' states."""

import json
import re
from collections.abc import Callable
from typing import Any

from jsonpath_ng.parser import parse as parse_path
from moto.events.models import Rule
from moto.sns.models import sns_backends

from sandbox.aws.cloudtrail import API_CALL
from sandbox.aws.patching import replace

ALL_EVENTS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
Invoke = Callable[[str, Any], None]


def install(*, invoke: Invoke) -> None:
    """Let rules send to SNS topics and, by ``invoke(arn, event)``, to functions; moto knows the others."""

    @replace(Rule)
    def send_to_targets(
        rule: Any, event: dict[str, Any], transform_input: bool = True, *, original: Any
    ) -> None:
        if not is_shown(rule.state, event):
            return
        ours = [target for target in rule.targets if target["Arn"].split(":")[2] in ("sns", "lambda")]
        if ours and rule.event_pattern.matches_event(event):
            for target in ours:
                _send(target, event, invoke)
        if len(ours) < len(rule.targets):
            everything, rule.targets = rule.targets, [target for target in rule.targets if target not in ours]
            try:
                original(rule, event, transform_input)
            finally:
                rule.targets = everything


def is_shown(state: str, event: dict[str, Any]) -> bool:
    """Whether a rule in this state is shown an event: read-only API calls only when it asks for all."""
    if event.get("detail-type") == API_CALL and event["detail"].get("readOnly"):
        return state == ALL_EVENTS
    return state in ("ENABLED", ALL_EVENTS)


def text_for(target: dict[str, Any], event: dict[str, Any]) -> str:
    """What a target gets: its constant input, a part of the event, a filled template, or the whole event."""
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        return json.dumps(_at(target["InputPath"], event))
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(event)
    paths: dict[str, str] = transformer.get("InputPathsMap") or {}

    def fill(match: re.Match[str]) -> str:
        if match[1] == "aws.events.event.json":
            return json.dumps(event)
        if match[1] not in paths:
            return match[0]
        value = _at(paths[match[1]], event)
        return (
            "" if value is None else json.dumps(value)[1:-1] if isinstance(value, str) else json.dumps(value)
        )

    return re.sub(r"<([A-Za-z0-9_.-]+)>", fill, transformer["InputTemplate"])


def _at(path: str, event: dict[str, Any]) -> Any:
    found = parse_path(path).find(event)
    return found[0].value if found else None


def _send(target: dict[str, Any], event: dict[str, Any], invoke: Invoke) -> None:
    text = text_for(target, event)
    _, _, service, region, account, _ = target["Arn"].split(":", 5)
    if service == "sns":
        sns_backends[account][region].publish(text, arn=target["Arn"])
    else:
        invoke(target["Arn"], json.loads(text))
