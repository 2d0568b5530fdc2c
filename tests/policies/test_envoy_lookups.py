"""Policies on an Envoy that looks routes and grants up, as ours does, in place of reading them in order."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policies.policy import catalogue
from policies.policy.verdict import Verdict, judge
from policies.stack import synthesized

POLICIES = catalogue.load()[0]
Json = dict[str, Any]

ALLOW = {
    "action": {"name": "a", "typed_config": {"@type": "type.googleapis.com/envoy.config.rbac.v3.Action"}}
}
DENY = copy.deepcopy(ALLOW)
DENY["action"]["typed_config"]["action"] = "DENY"  # type: ignore[index]
LOG = copy.deepcopy(ALLOW)
LOG["action"]["typed_config"]["action"] = "LOG"  # type: ignore[index]
REFUSAL = {"match": {"prefix": "/"}, "direct_response": {"status": 403}}
FORWARD = {"match": {"path": "/x"}, "route": {"cluster": "pictory"}}


def tree(entries: Json, kind: str = "exact_match_map", **more: Any) -> Json:
    return {"matcher_tree": {"input": {"name": "x"}, kind: {"map": entries}}, **more}


def routes(*found: Json) -> Json:
    kind = "type.googleapis.com/envoy.config.route.v3.RouteList"
    return {"action": {"name": "r", "typed_config": {"@type": kind, "routes": list(found)}}}


@pytest.fixture
def verdict(request: pytest.FixtureRequest, write_stack: Callable[..., Path]) -> Callable[..., Verdict]:
    """The verdict of a policy on the fixture's Envoy, with ``change`` made to its connection manager."""
    conftest: Any = request.config.pluginmanager.get_plugin(str(Path(__file__).parent / "conftest.py"))
    start = conftest.given({"given": "_task.json"}, Path(__file__).parent / "fixtures" / "gateway")

    def of(place: str, change: Callable[[Json], None]) -> Verdict:
        stack = copy.deepcopy(start)
        [task] = stack["resource"]["aws_ecs_task_definition"].values()
        bootstrap = task["container_definitions"]["$json"][0]["command"][1]["$json"]
        listener = bootstrap["static_resources"]["listeners"][0]
        change(listener["filter_chains"][0]["filters"][0]["typed_config"])
        [found] = judge(POLICIES[place], synthesized.load(write_stack(stack)))
        return found

    return of


@pytest.mark.parametrize(
    ("matcher", "because"),
    [
        (tree({"a": {"matcher": tree({"p": ALLOW})}}), ""),
        (tree({"a": ALLOW}, on_no_match={"matcher": tree({"b": ALLOW})}), ""),
        (tree({"a": ALLOW}, on_no_match=DENY), ""),
        ({}, ""),
        (tree({"a": ALLOW}, on_no_match=ALLOW), "whoever it does not find"),
        (tree({"a": ALLOW}, on_no_match=LOG), "whoever it does not find"),
        (tree({"a": {"matcher": tree({"p": ALLOW}, on_no_match=ALLOW)}}), "whoever it does not find"),
        (tree({"a": ALLOW}, on_no_match={"matcher": tree({}, on_no_match=ALLOW)}), "whoever it does not find"),
        (tree({"": ALLOW}, "prefix_match_map"), "empty prefix"),
        ({"matcher_list": {"matchers": [{"predicate": {"not_matcher": {}}, "on_match": ALLOW}]}}, "all but some"),
    ],
)  # fmt: skip
def test_grants_when_looked_up_then_only_what_is_found_may_pass(
    verdict: Callable[..., Verdict], matcher: Json, because: str
) -> None:
    def change(manager: Json) -> None:
        [rbac] = [f["typed_config"] for f in manager["http_filters"] if f["name"] == "rbac"]
        del rbac["rules"]
        rbac["matcher"] = matcher

    found = verdict("gateway/envoy_authenticates", change)
    assert bool(found.reasons) == bool(because)
    assert because in "".join(found.reasons)


@pytest.mark.parametrize(
    ("matcher", "because"),
    [
        (tree({"/x": routes(FORWARD, REFUSAL)}, "prefix_match_map", on_no_match=routes(REFUSAL)), ""),
        # What no entry takes, Envoy answers with 404 itself.
        (tree({"/x": routes(FORWARD, REFUSAL)}, "prefix_match_map"), ""),
        (tree({"/x": routes(FORWARD)}, "prefix_match_map", on_no_match=routes(REFUSAL)), "no refusal"),
        (tree({"/x": routes(FORWARD, REFUSAL)}, "prefix_match_map", on_no_match=routes(FORWARD)), "no refusal"),
        (tree({"/x": routes(REFUSAL, REFUSAL)}, "prefix_match_map"), "before its last"),
        ({}, "without routes"),
    ],
)  # fmt: skip
def test_routes_when_looked_up_then_each_way_through_ends_with_a_refusal(
    verdict: Callable[..., Verdict], matcher: Json, because: str
) -> None:
    def change(manager: Json) -> None:
        [host] = manager["route_config"]["virtual_hosts"]
        del host["routes"]
        host["matcher"] = matcher

    found = verdict("gateway/envoy_refuses_last", change)
    assert bool(found.reasons) == bool(because)
    assert because in "".join(found.reasons)
