"""Envoy's configuration packed for ``prepare`` gets the verdict that it gets in the open; unreadable, it gets none."""

import base64
import copy
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policies.policy import catalogue
from policies.policy.verdict import Outcome, Verdict, judge
from policies.stack import plan, synthesized

FIXTURES = Path(__file__).parent / "fixtures"
POLICIES = {
    place: policy for place, policy in catalogue.load()[0].items() if place.startswith("gateway/envoy_")
}
TASK = "aws_ecs_task_definition"
DIRECTORY = "/run/x"

Json = dict[str, Any]


def pack(document: Any) -> str:
    return base64.b64encode(zlib.compress(json.dumps(document).encode())).decode()


def prepared(value: Any, name: str = "prepare") -> Json:
    """A container that unpacks ``value`` for Envoy."""
    variables = [
        {"name": "RUN_DIRECTORY", "value": DIRECTORY},
        {"name": "ENVOY_CONFIGURATION", "value": value},
    ]
    return {"name": name, "image": "x/sidecar", "environment": variables}


def moved(stack: Json) -> Json:
    """``stack`` with Envoy's configuration packed for a container before it."""
    result = copy.deepcopy(stack)
    containers = result["resource"][TASK]["t"]["container_definitions"]["$json"]
    document = containers[0]["command"][1]["$json"]
    containers[0]["command"] = ["--config-path", f"{DIRECTORY}/envoy.json"]
    containers.append(prepared(pack(document)))
    return result


def _cases() -> list[Any]:
    found = []
    for place in POLICIES:
        fixture = json.loads((FIXTURES / f"{place}.json").read_text(encoding="utf-8"))
        changes = {"as given": {}, **fixture.get("passes", {})}
        changes |= {name: case["change"] for name, case in fixture["fails"].items()}
        found += [pytest.param(place, change, id=f"{place}: {name}") for name, change in changes.items()]
    return found


@pytest.fixture
def conftest(request: pytest.FixtureRequest) -> Any:
    return request.config.pluginmanager.get_plugin(str(Path(__file__).parent / "conftest.py"))


@pytest.fixture
def given(conftest: Any) -> Json:
    start: Json = conftest.given({"given": "_task.json"}, FIXTURES / "gateway")
    return start


@pytest.fixture
def changed(given: Json, write_stack: Callable[..., Path]) -> Callable[..., list[Verdict]]:
    """The verdicts on the packed stack whose containers ``change`` was let loose on."""

    def of(change: Callable[[list[Json]], None], place: str = "gateway/envoy_authenticates") -> list[Verdict]:
        stack = moved(given)
        change(stack["resource"][TASK]["t"]["container_definitions"]["$json"])
        return judge(POLICIES[place], synthesized.load(write_stack(stack)))

    return of


@pytest.mark.parametrize(("place", "change"), _cases())
def test_configuration_when_packed_then_the_verdict_is_that_of_the_open_one(
    place: str, change: Json, conftest: Any, write_stack: Callable[..., Path]
) -> None:
    file = FIXTURES / f"{place}.json"
    start = conftest.given(json.loads(file.read_text(encoding="utf-8")), file.parent)
    stack = conftest.changed(start, change)
    found = [
        [(v.outcome, v.reasons) for v in judge(POLICIES[place], synthesized.load(write_stack(each, name)))]
        for name, each in (("open", stack), ("packed", moved(stack)))
    ]
    assert found[0] == found[1]
    assert found[1][0][0] in (Outcome.PASS, Outcome.FAIL)


def test_plan_when_its_configuration_is_packed_then_it_is_judged(
    given: Json, conftest: Any, write_stack: Callable[..., Path], tmp_path: Path
) -> None:
    for name, broken in (("good", False), ("bad", True)):
        stack = copy.deepcopy(given)
        if broken:
            command = stack["resource"][TASK]["t"]["container_definitions"]["$json"][0]["command"]
            del command[1]["$json"]["static_resources"]["clusters"][0]["transport_socket"]
        text = conftest.encoded(moved(stack))["resource"][TASK]["t"]["container_definitions"]
        # The stack mentions a secret's ARN, so Terraform does not know the text yet; or it does.
        address = f"{TASK}.t"
        for known in (True, False):
            values = (
                {"container_definitions": text.replace("${aws_secretsmanager_secret.s.arn}", "arn")}
                if known
                else {}
            )
            mentioned = {"constant_value": text, "references": ["aws_secretsmanager_secret.s.arn"]}
            block = {"address": address, "type": TASK, "name": "t", "values": values}
            document = {
                "planned_values": {"root_module": {"resources": [block]}},
                "resource_changes": [
                    {"address": address, "change": {"after_unknown": {"container_definitions": not known}}}
                ],
                "configuration": {"root_module": {"resources": [
                    {"address": address, "expressions": {"container_definitions": mentioned}}
                ]}},
            }  # fmt: skip
            file = tmp_path / f"{name}-{known}.json"
            file.write_text(json.dumps(document))
            [verdict] = judge(POLICIES["gateway/envoy_upstream_tls"], plan.load(file))
            assert verdict.outcome is (Outcome.FAIL if broken else Outcome.PASS), verdict.reasons


def _value(containers: list[Json], value: Any) -> None:
    containers[1] = prepared(value)


def _no_directory(containers: list[Json]) -> None:
    del containers[1]["environment"][0]


@pytest.mark.parametrize(
    ("change", "because"),
    [
        (lambda c: _value(c, "no base64"), "not base64 of zlib"),
        (lambda c: _value(c, base64.b64encode(b"plain").decode()), "not base64 of zlib"),
        (lambda c: _value(c, base64.b64encode(zlib.compress(b'{"a": 1}')[:-5]).decode()), "cut short"),
        (lambda c: _value(c, base64.b64encode(zlib.compress(b"{}") + b"x").decode()), "followed by"),
        (lambda c: _value(c, base64.b64encode(zlib.compress(b" " * (9 << 20))).decode()), "too large"),
        (lambda c: _value(c, base64.b64encode(zlib.compress(b"a: 1")).decode()), "not JSON"),
        (lambda c: _value(c, pack([])), "a list"),
        (lambda c: _value(c, "${var.later}"), "${var.later}"),
        (lambda c: _value(c, f"{pack({})}${{var.more}}"), "${var.more}"),
        (lambda c: c.append(prepared(pack({}), "other")), "2 variables ENVOY_CONFIGURATION"),
        (lambda c: c[1]["environment"].append(c[1]["environment"][1]), "2 variables ENVOY_CONFIGURATION"),
        (lambda c: c.pop(), "0 variables ENVOY_CONFIGURATION"),
        (_no_directory, "does not write"),
        (lambda c: c[0]["command"].__setitem__(1, "/etc/envoy/envoy.yaml"), "does not write"),
        (lambda c: c[0]["command"].extend(["--config-yaml", "{}"]), "2 configurations"),
        (lambda c: c[0]["command"].append("--config-yaml={}"), "2 configurations"),
        (lambda c: c[0].__setitem__("command", "${var.later}"), "${var.later}"),
        (lambda c: c[1].__setitem__("environment", "${var.later}"), "${var.later}"),
    ],
)  # fmt: skip
def test_configuration_when_it_cannot_be_read_then_there_is_no_verdict(
    changed: Callable[..., list[Verdict]], change: Callable[[list[Json]], None], because: str
) -> None:
    for place in POLICIES:
        [verdict] = changed(change, place)
        assert verdict.outcome is Outcome.UNKNOWN, place
        assert because in verdict.reasons[0]


def test_envoy_when_it_has_another_name_then_it_is_judged_all_the_same(
    changed: Callable[..., list[Verdict]],
) -> None:
    def rename(containers: list[Json]) -> None:
        containers[0] |= {"name": "proxy", "image": "x/proxy"}
        containers[1] = prepared(
            pack({"static_resources": {"listeners": [{"name": "open", "filter_chains": [{"filters": []}]}]}})
        )

    [verdict] = changed(rename, "gateway/envoy_listener_tls")
    assert verdict.reasons == ("listener open takes connections without TLS",)


def test_secret_when_it_is_in_the_packed_configuration_then_it_is_found(
    given: Json, write_stack: Callable[..., Path]
) -> None:
    policy = catalogue.load()[0]["gateway/no_secrets_in_environment"]
    for value, outcome in (
        (pack({"credential": "pictai_0123456789abcdef"}), Outcome.FAIL),
        (pack({"credential": {"name": "token"}}), Outcome.PASS),
        ("unreadable", Outcome.UNKNOWN),
    ):
        stack = moved(given)
        stack["resource"][TASK]["t"]["container_definitions"]["$json"][1] = prepared(value)
        [verdict] = judge(policy, synthesized.load(write_stack(stack)))
        assert verdict.outcome is outcome
