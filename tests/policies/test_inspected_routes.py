"""The policy on inspection sees the routes of our own configuration, however they are arranged."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.environment import load
from pictory_egress.gateway.envoy.inspection import INSPECTION_FILTER
from pictory_egress.gateway.explain import configuration
from policies.policy import catalogue
from policies.policy.verdict import Outcome, judge
from policies.stack import synthesized

ENVIRONMENTS = Path(__file__).parents[2] / "stacks" / "environments"
PLACE = "gateway/envoy_inspects_bodies"


def everything(value: Any) -> list[dict[str, Any]]:
    """Every object within ``value``, itself included."""
    if isinstance(value, dict):
        return [value, *(found for inner in value.values() for found in everything(inner))]
    return [found for inner in value for found in everything(inner)] if isinstance(value, list) else []


def reasons(bootstrap: dict[str, Any], write_stack: Callable[..., Path]) -> list[str]:
    """Why the policy fails, if it does."""
    container = {"name": "envoy", "image": "x/envoy", "command": ["--config-yaml", {"$json": bootstrap}]}
    task = {"family": "gateway", "container_definitions": {"$json": [container]}}
    stack = synthesized.load(write_stack({"resource": {"aws_ecs_task_definition": {"t": task}}}))
    [verdict] = judge(catalogue.load()[0][PLACE], stack)
    assert verdict.outcome in (Outcome.PASS, Outcome.FAIL)
    return list(verdict.reasons) if verdict.outcome is Outcome.FAIL else []


@pytest.mark.parametrize("name", ["sandbox", "prod"])
def test_configuration_when_ours_then_it_passes_and_any_route_of_json_without_inspection_fails(
    name: str, write_stack: Callable[..., Path]
) -> None:
    settings = load(ENVIRONMENTS / f"{name}.toml")
    document = configuration(settings)
    assert reasons(document, write_stack) == []
    off = {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": True}
    for route in everything(document):
        if "route" in route and "match" in route:
            route.setdefault("typed_per_filter_config", {})[INSPECTION_FILTER] = off
    unread = {reason.rpartition("bodies of ")[2] for reason in reasons(document, write_stack)}
    assert unread == {o.id for o in settings.catalog.operations if o.content_type == "application/json"}
