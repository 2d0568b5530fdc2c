"""Routes and grants are looked up: whatever is found that way is what reading all of them in order would find."""

import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pictory_egress.api import PREFIX, Catalog, Operation
from pictory_egress.gateway.envoy.grants import authorization
from pictory_egress.gateway.envoy.routes import route_configuration
from pictory_egress.gateway.settings import Client

UUID = "3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
CATALOG = Catalog.with_additions(
    [
        # Beginnings that lie within each other, and within parameters of other operations.
        Operation(id="odd.one", method="GET", path="/v1/templates/special", permission="odd.read"),
        Operation(id="odd.two", method="GET", path="/v1/templates/{name}/part", permission="odd.read"),
        Operation(id="odd.three", method="GET", path="/v1/temp", permission="odd.read", query=("a",)),
        Operation(id="odd.four", method="GET", path="/v1/templates/{x}/part/{y}",
                  permission="odd.read"),
    ]
)  # fmt: skip


def operation_of(route: dict[str, Any]) -> str:
    return str(route["metadata"]["filter_metadata"]["egress"]["operation"])


def looked_up(method: str, target: str) -> str:
    """The operation that a call is routed to; ``unknown`` when it is refused."""
    route = found_route(method, target)
    return operation_of(route) if "route" in route else "unknown"


def refusal_of(method: str, target: str) -> tuple[str, ...]:
    """The name of the route that refuses a call, and what its metadata says of the reason; empty for a good call."""
    route = found_route(method, target)
    facts = route["metadata"]["filter_metadata"]["egress"]
    says = facts["operation"] if facts["operation"] != "unknown" else facts.get("methods", "")
    return () if "route" in route else (route["name"], says)


@cache
def lists() -> dict[str, list[dict[str, Any]]]:
    """The routes for each beginning of a path; those under ``""`` are for all that begin otherwise."""
    [host] = route_configuration(catalog=CATALOG)["virtual_hosts"]
    found = {"": host["matcher"]["on_no_match"]} | host["matcher"]["matcher_tree"]["prefix_match_map"]["map"]
    return {prefix: one["action"]["typed_config"]["routes"] for prefix, one in found.items()}


def found_route(method: str, target: str) -> dict[str, Any]:
    """The route that the tree finds for ``target``, by Envoy's rules: the longest prefix, then in order."""
    for route in lists()[max((prefix for prefix in lists() if target.startswith(prefix)), key=len)]:
        if _matches(route["match"], method, target):
            return route
    raise AssertionError(f"no route takes {target}, not even the last")


def _matches(match: dict[str, Any], method: str, target: str) -> bool:
    headers = {":method": method, ":path": target}
    for each in match.get("headers", ()):
        value, rule = headers[each["name"]], each["string_match"]
        found = (
            value == rule.get("exact")
            or ("contains" in rule and rule["contains"] in value)
            or ("safe_regex" in rule and re.fullmatch(rule["safe_regex"]["regex"], value) is not None)
        )
        if found == each.get("invert_match", False):
            return False
    path = target.partition("?")[0]
    if "safe_regex" in match:
        return bool(re.fullmatch(match["safe_regex"]["regex"], path))
    return path == match["path"] if "path" in match else path.startswith(match["prefix"])


def read_in_order(method: str, target: str) -> str:
    """The operation whose whole target this is; of several the one that spells out where others take anything."""

    def literal(operation: Operation) -> str:
        parts = target.removeprefix(PREFIX).partition("?")[0].split("/")
        templates = [template.split("/") for template in operation.templates]
        fitting = [t for t in templates if len(t) == len(parts)]
        return max(
            "".join("1" if name == part else "0" for name, part in zip(t, parts, strict=True))
            for t in fitting
        )

    found = [o for o in CATALOG.operations if o.method == method and re.fullmatch(o.target_regex, target)]
    return max(found, key=literal).id if found else "unknown"


@pytest.mark.parametrize("operation", CATALOG.operations, ids=lambda operation: operation.id)
def test_route_when_looked_up_by_its_path_then_it_is_the_operations(operation: Operation) -> None:
    for template in operation.templates:
        target = PREFIX + re.sub(r"\{\w+\}", UUID, template)
        assert looked_up(operation.method, target) == read_in_order(operation.method, target) == operation.id


PARTS = sorted(
    {part for o in CATALOG.operations for part in o.path.split("/") if "{" not in part} | {"x", "", UUID}
)


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"]),
    parts=st.lists(st.sampled_from(PARTS), min_size=1, max_size=5),
    tail=st.sampled_from(["", "/", "?", "?a=1", "?page=2", "?nextPageKey=x", "x", "?a=1/part"]),
)
def test_route_when_looked_up_by_any_target_then_it_is_the_first_that_takes_it(
    method: str, parts: list[str], tail: str
) -> None:
    target = f"{PREFIX}/{'/'.join(parts)}{tail}"
    assert looked_up(method, target) == read_in_order(method, target)


def refused_because(method: str, target: str) -> tuple[str, ...]:
    """What is wrong with a call, by reading all operations: first its query, then its path parameters, then its method."""
    path = target.partition("?")[0]
    parts = path.removeprefix(PREFIX).split("/")

    def resembles(operation: Operation) -> bool:
        return any(
            len(segments) == len(parts)
            and all(
                part and name in (part, f"{{{name[1:-1]}}}")
                for name, part in zip(segments, parts, strict=True)
            )
            for segments in (template.split("/") for template in operation.templates)
        )

    of_method = [o for o in CATALOG.operations if o.method == method]
    for code, wrong in (
        ("query_invalid", [o for o in of_method if re.fullmatch(o.path_regex, path)]),
        ("path_parameter_invalid", [o for o in of_method if resembles(o)]),
    ):
        if wrong:
            # Of several, the one that spells out where others take anything.
            return code, min(wrong, key=lambda o: (o.path.count("{"), o.path.find("{") * -1)).id
    methods = sorted({o.method for o in CATALOG.operations if path.startswith(PREFIX) and resembles(o)})
    if (method, path) == ("POST", f"{PREFIX}/v1/oauth2/token"):
        return "token_endpoint_off", ""
    return ("method_not_allowed", ", ".join(methods)) if methods else ("operation_unknown", "")


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"]),
    parts=st.lists(st.sampled_from([*PARTS, UUID.upper(), "a.b"]), min_size=1, max_size=5),
    tail=st.sampled_from(["", "/", "?", "?a=1", "?page=2", "?nextPageKey=x", "x", "?a=1/part"]),
)
def test_call_when_refused_then_by_what_is_wrong_with_it(method: str, parts: list[str], tail: str) -> None:
    target = f"{PREFIX}/{'/'.join(parts)}{tail}"
    if looked_up(method, target) == "unknown":
        assert refusal_of(method, target) == refused_because(method, target)


@pytest.mark.parametrize(
    ("method", "path", "refusal"),
    [
        ("POST", "/v1/jobs", ("method_not_allowed", "GET")),
        ("GET", "/v1/jobs/1", ("path_parameter_invalid", "jobs.get")),
        ("GET", f"/v1/jobs/{UUID}?x=1", ("query_invalid", "jobs.get")),
        ("GET", "/v1/templates/special?x=1", ("query_invalid", "odd.one")),
        ("POST", "/v1/templates/special", ("method_not_allowed", "DELETE, GET, PUT")),
        ("GET", "/v1/templates/a.b/part", ("path_parameter_invalid", "odd.two")),
        ("POST", "/v1/media/generateUrl?x=1", ("query_invalid", "media.upload-url")),
        ("GET", "/v1/media/generateUrl", ("method_not_allowed", "POST")),
        ("POST", "/v1/oauth2/token?x=1", ("token_endpoint_off", "")),
        ("GET", "/v1/oauth2/token", ("operation_unknown", "")),
        ("GET", "/v1/jobs/", ("operation_unknown", "")),
    ],
)
def test_call_when_refused_then_the_route_has_the_codes_name(
    method: str, path: str, refusal: tuple[str, ...]
) -> None:
    assert refusal_of(method, PREFIX + path) == refusal


def test_route_when_it_refuses_then_behind_all_that_lead_to_pictory() -> None:
    # A good call walks past no refusal, however many there are.
    for routes in lists().values():
        leading = ["route" in route for route in routes]
        assert leading == sorted(leading, reverse=True)


# --- grants -----------------------------------------------------------------------------------------------

CLIENTS = [
    Client(name="both", permissions=("jobs.read", "account.read"), operations=("templates.get", "jobs.get")),
    Client(name="single", operations=("account.quota",)),
    Client(name="corp", permissions=("jobs.list",), issuer="corp", subject="both"),
    Client(name="risky", permissions=("media.delete",), dangerous=True),
]


def allowed(issuer: str, subject: str, operation: Operation | None) -> bool:
    """What the filter's tree answers; state that is missing is found nowhere."""
    state = {f"egress.client.{issuer}": subject}
    if operation:
        state |= {"egress.permission": operation.permission, "egress.operation": operation.id}
    found: dict[str, Any] | None = authorization(clients=CLIENTS, catalog=CATALOG)["typed_config"]["matcher"]
    while found:
        key = found["matcher_tree"]["input"]["typed_config"]["key"]
        entry = found["matcher_tree"]["exact_match_map"]["map"].get(state.get(key))
        if entry is None:
            found = found.get("on_no_match", {}).get("matcher")
        elif "action" in entry:
            return True
        else:
            found = entry["matcher"]
    return False


@pytest.mark.parametrize("operation", CATALOG.operations, ids=lambda operation: operation.id)
def test_grant_when_looked_up_then_it_is_what_the_settings_say(operation: Operation) -> None:
    for client in CLIENTS:
        granted = operation in CATALOG.granted(client.permissions, client.operations)
        issuer = f"oidc.{client.issuer}" if client.issuer else "gateway"
        assert allowed(issuer, client.subject or client.name, operation) is granted
    assert not allowed("gateway", "corp", operation)
    assert not allowed("gateway", "nobody", operation)
    assert not allowed("oidc.corp", "single", operation)


def test_grant_when_the_operation_is_not_known_then_there_is_none() -> None:
    assert not any(allowed("gateway", client.name, None) for client in CLIENTS)


def test_grants_when_nobody_has_any_then_everything_is_refused() -> None:
    # A filter with an empty matcher denies all.
    assert authorization(clients=[], catalog=CATALOG)["typed_config"]["matcher"] == {}
