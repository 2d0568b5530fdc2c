"""An environment's file: what is refused, and what the refusal says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pictory_egress.environment import SettingsError, load, load_all
from pictory_egress.readable import readable
from pictory_egress.settings import EnvironmentSettings

Write = Callable[[dict[str, Any]], Path]
ENVIRONMENTS = Path(__file__).parents[2] / "stacks" / "environments"


def change(data: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    target: Any = data
    for part in parents:
        target = target[int(part)] if part.isdigit() else target.setdefault(part, {})
    if isinstance(target, list):
        target[int(last)] = value
    else:
        target[last] = value


@pytest.mark.parametrize("name", ["sandbox", "dev", "staging", "prod"])
def test_shipped_environment_when_loaded_then_it_is_valid(name: str) -> None:
    assert load(ENVIRONMENTS / f"{name}.toml").name == name


WRONG = [
    ("gateway.colour", "red", "gateway.colour", "unknown field"),
    ("gateway.min_tasks", "three", "gateway.min_tasks", "valid integer"),
    ("network.cidr", "10.40.0.1/16", "network.cidr", "host bits"),
    ("network.cidr", "10.40.0.0/99", "network.cidr", "10.20.0.0/16"),
    ("network.subnets.1.private", "10.40.16.0/20", "network", "overlaps subnets.0.private"),
    ("network.subnets.1.private", "10.99.0.0/20", "network", "outside cidr"),
    ("network.subnets.1.zone", "us-east-2a", "network", "zone of its own"),
    ("network.subnets.1.zone", "eu-west-1a", "network.subnets.1.zone", "not in region"),
    ("client.0.permissions", ["videos.rendr"], "client.0", "no permission"),
    ("client.0.operations", ["videos.erase"], "client.0", "no operation"),
    ("client.0.permissions", [], "client.0", "granted nothing"),
    ("client.0.permissions", ["jobs.delete"], "client.0", "dangerous = true"),
    ("client.0.permissions", ["templates.upload"], "client.0", "(templates.create: not inspected)"),
    ("client.0.operations", ["templates.create"], "client.0", "(not inspected)"),
    ("client.0.operations", ["projects.update"], "client.0", "(destroys)"),
    ("client.0.operations", ["aws-connections.create"], "client.0", "dangerous = true"),
    ("client.1.name", "video-pipeline", "client", "given 2 times"),
    ("client.1.subject", "video-pipeline", "client", "is no name of the built-in issuer's"),
    ("gateway.envoy_image", "envoyproxy/envoy:v1.40.0", "gateway.envoy_image", "needs its digest"),
    (
        "gateway.certificate_arn",
        "arn:aws:acm:eu-west-1:333333333333:certificate/00000000-0000-4000-8000-000000000040",
        "gateway.certificate_arn",
        "of its own region",
    ),
    ("gateway.certificate_arn", "certificate/1", "gateway.certificate_arn", "not an ARN"),
    ("gateway.allowed_cidrs", ["0.0.0.0/0"], "gateway.allowed_cidrs.0", "everybody"),
    ("gateway.cpu", 300, "gateway", "no Fargate size"),
    ("gateway.memory", 9999, "gateway", "does not go with cpu"),
    ("gateway.max_tasks", 1, "gateway", "below min_tasks"),
    ("gateway.connect", {"domain": "a.example.com", "hosts": []}, "gateway.connect", "it is empty"),
    (
        "gateway.connect",
        {"domain": "a.example.com", "hosts": ["*.pictory.ai"]},
        "gateway.connect",
        "host name",
    ),
    ("gateway.connect", {"domain": "a.example.com", "hosts": ["192.0.2.1"]}, "gateway.connect", "host name"),
    (
        "gateway.connect",
        {"domain": "a.example.com", "hosts": ["api.pictory.ai"]},
        "gateway.connect",
        "go around",
    ),
    (
        "gateway.connect",
        {"domain": "a.example.com", "hosts": ["dev-api.pictory.ai"]},
        "gateway.connect",
        "development",
    ),
    ("gateway.connect", {"domain": "a.example.com", "hosts": ["a.com", "a.com"]}, "gateway.connect", "twice"),
    (
        "gateway.connect",
        {"domain": "a.example.com", "idle_seconds": 350},
        "gateway.connect.idle_seconds",
        "340",
    ),
    ("gateway.connect", {"domain": "pictory.prod.example.com"}, "gateway.connect.domain", "name, of its own"),
    (
        "gateway.connect",
        {"domain": "a.example.com", "certificate_arn": "arn:aws:acm:eu-west-1:333333333333:certificate/1"},
        "gateway.connect.certificate_arn",
        "of its own region",
    ),
    ("gateway.upstream.host", "dev-api.pictory.ai", "gateway.upstream", "development host"),
    (
        "gateway.upstream.allowed_private_ranges",
        ["10.0.0.0/8"],
        "allowed_private_ranges",
        "only for the local AWS",
    ),
    ("credentials.schedule", "rate(3 hours)", "credentials.schedule", "every 4 hours"),
    ("credentials.schedule", "every day", "credentials.schedule", "rate(30 days)"),
    ("state", {"kind": "local"}, "state.kind", "use 's3'"),
    ("monitoring.emails", ["nobody"], "monitoring.emails.0", "form"),
    ("name", "production", "name", "not the file's name"),
    (
        "operation",
        [{"id": "jobs.get", "method": "GET", "path": "/v9/x", "permission": "jobs.read"}],
        "operation",
        "is taken",
    ),
    (
        "operation",
        [{"id": "x.y", "method": "GET", "path": "v9", "permission": "jobs.read"}],
        "operation.0",
        "template",
    ),
]


@pytest.mark.parametrize(
    ("field", "value", "named", "remedy"), WRONG, ids=[f"{w[0]}={w[1]!r:.40}" for w in WRONG]
)
def test_settings_when_wrong_then_the_error_names_file_field_and_remedy(
    prod: dict[str, Any], write: Write, field: str, value: Any, named: str, remedy: str
) -> None:
    change(prod, field, value)
    path = write(prod)
    with pytest.raises(SettingsError) as raised:
        load(path)
    (problem,) = raised.value.problems
    assert problem.startswith(f"{path}: ")
    assert named in problem
    assert remedy in problem


def test_placeholders_when_the_account_is_ones_own_then_each_is_refused_by_name(
    prod: dict[str, Any], write: Write
) -> None:
    text = write(prod).read_text(encoding="utf-8").replace("333333333333", "345678901234")
    path = write({})
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        load(path)
    assert [problem.removeprefix(f"{path}: ").split(": ")[0] for problem in raised.value.problems] == [
        "gateway.envoy_image",
        "gateway.sidecar_image",
        "monitoring.emails.0",
        "monitoring.runbook_url",
    ]
    image, *_ = raised.value.problems
    assert "/envoyproxy/envoy@sha256:000…'" in image
    assert "write the digest that it answers" in image
    own = (
        ("sha256:" + "0" * 64, "sha256:" + "1" * 64),
        ("security-prod@example.com", "security@example.company.com"),
        ("https://runbooks.example.com/", "https://runbooks.company.com/example.com/"),
    )
    for placeholder, value in own:
        text = text.replace(placeholder, value)
    path.write_text(text, encoding="utf-8")
    assert load(path).aws.is_example is False


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_shipped_environment_when_it_holds_placeholders_then_its_account_is_nobodys_so_that_it_deploys_nowhere(
    name: str,
) -> None:
    settings = load(ENVIRONMENTS / f"{name}.toml")
    assert settings.gateway.envoy_image.endswith("0" * 64)
    assert settings.aws.is_example


def test_settings_when_several_fields_are_wrong_then_all_are_told_at_once(
    prod: dict[str, Any], write: Write
) -> None:
    change(prod, "gateway.min_tasks", "three")
    change(prod, "credentials.schedule", "rate(1 hour)")
    change(prod, "network.colour", "red")
    del prod["monitoring"]
    with pytest.raises(SettingsError) as raised:
        load(write(prod))
    fields = sorted(problem.split(": ")[1].split(" = ")[0] for problem in raised.value.problems)
    assert fields == ["credentials.schedule", "gateway.min_tasks", "monitoring", "network.colour"]


def test_settings_when_parts_cannot_be_read_then_what_does_not_fit_between_the_others_is_told_too(
    prod: dict[str, Any], write: Write
) -> None:
    for path, value in (
        ("protected", "perhaps"),
        ("network.cidr", "10.40.0.0/99"),
        ("network.subnets.1.zone", "eu-west-1a"),
        ("gateway.envoy_image", "envoyproxy/envoy:v1.40.0"),
        ("gateway.allowed_cidrs", ["10.0.0.0/8", "0.0.0.0/0"]),
        ("client.0.rate_per_minute", "many"),
        ("client.0.permissions", ["videos.rendr"]),
        ("client.1.name", prod["client"][0]["name"]),
    ):
        change(prod, path, value)
    with pytest.raises(SettingsError) as refusal:
        load(write(prod))
    problems = refusal.value.problems
    for words in (
        "protected = 'perhaps': neither true nor false",
        "network.cidr = '10.40.0.0/99'",
        "network.subnets.1.zone: 'eu-west-1a' is not in region",
        "gateway.envoy_image",
        "gateway.allowed_cidrs.1: '0.0.0.0/0' is everybody",
        "client.0.rate_per_minute",
        "'videos.rendr' is no permission",
        "given 2 times",
    ):
        assert [line for line in problems if words in line], (words, problems)
    assert len(set(problems)) == len(problems) == 8


@pytest.mark.parametrize("value", [7, "text", [], [7], [{}], {}, None, {"zone": []}])
@pytest.mark.parametrize(
    "path",
    ["aws", "network", "network.subnets", "gateway", "gateway.connect", "client", "operation", "state"],
)
def test_settings_when_a_part_is_of_another_kind_then_it_is_told_and_nothing_raises(
    prod: dict[str, Any], path: str, value: Any
) -> None:
    change(prod, path, value)
    change(prod, "colour", "red")
    with pytest.raises(ValidationError):
        EnvironmentSettings.model_validate(prod)
    assert isinstance(readable(EnvironmentSettings, prod).misfits(), list)


def test_dangerous_grant_when_flagged_then_it_is_taken(prod: dict[str, Any], write: Write) -> None:
    prod["client"][0]["permissions"] = ["jobs.delete"]
    prod["client"][0]["dangerous"] = True
    assert load(write(prod)).clients[0].permissions == ("jobs.delete",)


def test_added_operation_when_it_takes_an_array_then_it_says_so(prod: dict[str, Any], write: Write) -> None:
    added = {"id": "cues.replace", "method": "PUT", "path": "/v3/cues", "permission": "cues.write"}
    body = {"max_body_bytes": 1024, "content_type": "application/json", "body_root": "array"}
    prod["operation"] = [{**added, **body}]
    assert load(write(prod)).operations[0].body_root == "array"


def test_added_operation_when_granted_then_it_is_in_the_catalog(prod: dict[str, Any], write: Write) -> None:
    prod["operation"] = [
        {"id": "voices.clone", "method": "GET", "path": "/v3/clone", "permission": "voices.clone"}
    ]
    prod["client"][0]["permissions"] = ["voices.clone"]
    settings = load(write(prod))
    assert [o.id for o in settings.catalog.granted(["voices.clone"])] == ["voices.clone"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"name = [", "not TOML"), (b'name = "\xff"', "not UTF-8")],
)
def test_file_when_broken_then_the_error_says_so(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "prod.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=words):
        load(path)


def test_files_when_several_are_wrong_then_the_problems_of_all_are_told(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text("x = 1", encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        load_all([tmp_path / "a.toml", tmp_path / "b.toml", tmp_path / "missing.toml"])
    assert {problem.split(":")[0].rsplit("/", 1)[1] for problem in raised.value.problems} == {
        "a.toml",
        "b.toml",
        "missing.toml",
    }


def test_tunnels_when_granted_where_none_are_open_then_the_error_says_what_to_add(
    prod: dict[str, Any], write: Write
) -> None:
    del prod["gateway"]["connect"]
    with pytest.raises(SettingsError, match=r"add \[gateway.connect\]"):
        load(write(prod))
