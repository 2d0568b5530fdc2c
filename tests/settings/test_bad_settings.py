"""Whatever is written into an environment's file: it is used as it is, or every line says file, field and remedy."""

import copy
import json
import math
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pictory_egress.environment import SettingsError, load
from pictory_egress.gateway.explain import explain
from pictory_egress.gateway.inspection import inspection_rules

ENVIRONMENT = Path(__file__).parents[2] / "stacks" / "environments" / "prod.toml"
PROD: dict[str, Any] = tomllib.loads(ENVIRONMENT.read_text(encoding="utf-8"))
PROD["gateway"] |= {
    "issuers": [
        {"name": "company", "issuer": "https://id.example.com", "jwks_uri": "https://id.example.com/keys", "audience": "a"}
    ],
    "upstream": {"host": "api.pictory.ai", "port": 443},
    "signing_keys": ["1", "2"],
}  # fmt: skip
PROD["operation"] = [
    {"id": "voices.clones.list", "method": "GET", "path": "/v3/voices", "permission": "voices.read"}
]
PROD["client"].append(
    {"name": "planner", "operations": ["voices.clones.list"], "issuer": "company", "subject": "0oa1", "allowed_hosts": ["a.example.com"]}
)  # fmt: skip

Place = tuple[str | int, ...]


def places(part: Any, at: Place = ()) -> Iterator[Place]:
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in items:
        yield (*at, key)
        yield from places(value, (*at, key))


PLACES = sorted(places(PROD), key=str)

TEXT = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\x7f"), max_size=40
) | st.sampled_from([
    "", " ", "*", "true", "10.0.0.0/8", "0.0.0.0/0", "::/0", "fd00::/8", "https://", "https://[::1", "https://a:99999/",
    "https://user@host.example.com/", "-", "a", "a" * 300, "rate(0 days)", "arn:aws:acm:::", "\n", "${path.module}",
    "%{if}", "../..", "a.b", "1", "x@y.z", "999.999.999.999:99999",
])  # fmt: skip
SCALARS = (
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0, 1, -1, 2**31, 65_536])
    | st.floats() | TEXT
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), inner, max_size=3),
    max_leaves=4,
)  # fmt: skip


def at(data: Any, place: Place) -> Any:
    for key in place:
        data = data[key]
    return data


def toml(value: Any) -> str:
    """``value`` in one line of TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else repr(value).replace("inf", "inf")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        # Escapes of JSON are TOML's, but for those of characters beyond the first plane.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


def tell(data: dict[str, Any], folder: Path) -> list[str]:
    """The problems of ``data`` as prod's file; empty when it can be used, by all that comes after."""
    path = folder / "prod.toml"
    path.write_text("\n".join(f"{key} = {toml(value)}" for key, value in data.items()), encoding="utf-8")
    try:
        settings = load(path)
    except SettingsError as error:
        for problem in error.problems:
            assert problem.startswith(f"{path}: "), problem
        return [problem.removeprefix(f"{path}: ") for problem in error.problems]
    explain(settings)
    inspection_rules(clients=settings.clients, catalog=settings.catalog)
    return []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


def test_file_when_unchanged_then_it_is_taken(folder: Path) -> None:
    assert tell(PROD, folder) == []


ISSUER = ("gateway", "issuers", 0)
COMPANY = PROD["gateway"]["issuers"][0]
WRONG: list[tuple[Place, Any, str]] = [
    *(
        ((*ISSUER, "jwks_uri"), f"https://{rest}", "gateway.issuers.0.jwks_uri")
        for rest in (
            "[::1", "a.example.com:99999/", "a.example.com:0/", "user@a.example.com/k", "127.0.0.1/keys", "host/keys",
            ":443/x", "169.254.169.254/x", "a.example.com/${path.module}", "a.example.com/k?x=1",
        )
    ),
    ((*ISSUER, "issuer"), "pictory-egress:prod", "gateway.issuers.0.issuer"),
    (("gateway", "issuers"), [COMPANY, {**COMPANY, "issuer": "https://b.example.com"}], "gateway.issuers.0.name: 'company'"),
    (("gateway", "issuers"), [COMPANY, {**COMPANY, "name": "other"}], "gateway.issuers.0.issuer: 'https://id.example.com'"),
    (("client", 0), PROD["client"][-1] | {"name": "twin"}, "2 clients of issuer 'company' have subject '0oa1'"),
    (("client", 0, "subject"), "somebody", "client.0 (video-pipeline).subject: 'somebody'"),
    (("gateway", "log_retention_days"), 42, "gateway.log_retention_days = 42"),
    (("network", "flow_log_retention_days"), 42, "network.flow_log_retention_days = 42"),
    (("gateway", "certificate_arn"), "arn:aws:s3:us-east-2:333333333333:bucket", "gateway.certificate_arn = "),
    (("state", "kms_key_arn"), "arn:aws:kms:us-east-2:333333333333:alias/a", "state.kms_key_arn = "),
    (("state", "kms_key_arn"), "arn:aws:kms:eu-west-1:333333333333:key/1", "of another region than the bucket's"),
    (("state", "kind"), "gcs", "state: kind says which kind it is: write kind = 's3'"),
    (("state", "bucket"), "a..b", "state.bucket = 'a..b'"),
    (("monitoring", "secret_readers"), ["arn:aws:s3:::x"], "monitoring.secret_readers.0 = "),
    (("monitoring", "runbook_url"), "https://a.example.com/${x}", "monitoring.runbook_url = "),
    (("monitoring", "emails"), ["${x}@example.com"], "monitoring.emails.0 = "),
    (("monitoring", "latency_seconds"), math.inf, "monitoring.latency_seconds = inf"),
    (("credentials", "deadline_days"), 10, "deadline_days 10 is shorter than schedule 'rate(30 days)'"),
    (("gateway", "allowed_cidrs"), ["0.0.0.0/1"], "gateway.allowed_cidrs.0: '0.0.0.0/1' is wider"),
    (("gateway", "allowed_cidrs"), ["10.0.0.0/8"] * 2, "'10.0.0.0/8' is given twice"),
    (("client", 0, "permissions"), ["jobs.read"] * 2, "client.0.permissions: 'jobs.read' is given twice"),
    (("gateway", "token_audience"), "two words", "gateway.token_audience = 'two words'"),
    (("gateway", "upstream", "resolver"), "999.1.1.1:53", "gateway.upstream.resolver = '999.1.1.1:53'"),
    (("gateway", "upstream", "resolver"), "10.0.0.2:99999", "gateway.upstream.resolver = '10.0.0.2:99999'"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value", "named"), WRONG, ids=[f"{w[0][-1]}={w[1]!r:.40}" for w in WRONG])
def test_field_when_what_comes_after_could_not_use_it_then_it_is_named_before(
    folder: Path, place: Place, value: Any, named: str
) -> None:
    data = copy.deepcopy(PROD)
    at(data, place[:-1])[place[-1]] = value
    (problem,) = tell(data, folder)
    assert named in problem
    assert says_what_to_do(problem)


@given(place=st.sampled_from(PLACES), value=VALUES)
def test_field_when_it_holds_anything_then_it_is_used_or_named_with_what_would_be_right(
    folder: Path, place: Place, value: Any
) -> None:
    data = copy.deepcopy(PROD)
    at(data, place[:-1])[place[-1]] = value
    problems = tell(data, folder)
    if problems:
        assert any(names(problem, place) for problem in problems), (place, value, problems)
        for problem in problems:
            assert says_what_to_do(problem), problem


@given(place=st.sampled_from(PLACES))
def test_field_when_it_is_left_out_then_it_has_a_default_or_is_named(folder: Path, place: Place) -> None:
    data = copy.deepcopy(PROD)
    del at(data, place[:-1])[place[-1]]
    for problem in tell(data, folder):
        assert says_what_to_do(problem), problem


@given(
    place=st.sampled_from([place for place in [(), *PLACES] if isinstance(at(PROD, place), dict)]),
    name=st.from_regex(r"[a-z][a-z_]{3,12}x", fullmatch=True),
    value=VALUES,
)
def test_field_when_nobody_knows_it_then_it_is_named(
    folder: Path, place: Place, name: str, value: Any
) -> None:
    data = copy.deepcopy(PROD)
    at(data, place)[name] = value
    problems = tell(data, folder)
    assert any(
        problem.startswith(".".join(map(str, (*place, name)))) and "unknown field" in problem
        for problem in problems
    ), problems


@given(
    place=st.sampled_from(
        [place for place in PLACES if isinstance(at(PROD, place), list) and at(PROD, place)]
    )
)
def test_list_when_an_entry_is_given_twice_then_it_is_named_or_means_the_same(
    folder: Path, place: Place
) -> None:
    data = copy.deepcopy(PROD)
    at(data, place).append(at(data, place)[0])
    for problem in tell(data, folder):
        assert names(problem, place), problem
        assert says_what_to_do(problem), problem


def names(problem: str, place: Place) -> bool:
    """Whether the line names the field, the entry or the table that it is about, or what does not fit it."""
    words = [str(part) for part in place if isinstance(part, str)]
    return any(re.search(rf"\b{word}s?\b", problem) for word in words)


REMEDIES = (
    "write", "use ", "give", "add", "remove", "choose", "name ", "should", "must", "leave", "set ", "mend", "import",
    "is one client's", "keep", "raise",
)  # fmt: skip


def says_what_to_do(problem: str) -> bool:
    return any(word in problem for word in REMEDIES)
