"""The catalog as patterns of AWS WAF: everything in it matches, nothing else does."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pictory_egress.api import OPERATIONS, PREFIX, Operation
from pictory_egress.firewall.shapes import LONGEST_PATTERN, decimal_above, shapes

SHAPES = shapes(OPERATIONS)
JOB = "3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"


def allowed(method: str, path: str) -> bool:
    return any(shape.method == method and re.search(shape.pattern, path) for shape in SHAPES)


@pytest.mark.parametrize(
    ("method", "template"),
    [
        pytest.param(operation.method, template, id=f"{operation.id} {template}")
        for operation in OPERATIONS
        for template in operation.templates
    ],
)
def test_operation_when_called_then_its_path_matches(method: str, template: str) -> None:
    assert allowed(method, PREFIX + re.sub(r"\{\w+\}", JOB, template))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/pictoryapis/v1/oauth2/token"),  # only the gateway's own parts ask for tokens
        ("GET", "/"),
        ("GET", "/pictoryapis"),
        ("GET", "/pictoryapis/v1"),
        ("GET", "/pictoryapis/v3/jobs"),
        ("GET", "/pictoryapis/v1/jobs/"),
        ("GET", "/pictoryapis/v1/jobsx"),
        ("GET", "/prefix/pictoryapis/v1/jobs"),
        ("GET", f"/pictoryapis/v1/jobs/{JOB}/clean"),
        ("GET", "/pictoryapis/v1/jobs/a%2fb"),
        ("GET", "/pictoryapis/v1/jobs/../quota"),
        ("GET", "/pictoryapis//v1/jobs"),
        ("DELETE", "/pictoryapis/v1/jobs"),
        ("PATCH", f"/pictoryapis/v1/jobs/{JOB}"),
        ("OPTIONS", "/pictoryapis/v1/jobs"),
    ],
)
def test_request_when_in_no_operation_then_nothing_matches(method: str, path: str) -> None:
    assert not allowed(method, path)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape.method} {shape.pattern[:60]}")
def test_pattern_when_built_then_within_what_waf_supports(shape: object) -> None:
    pattern: str = shape.pattern  # type: ignore[attr-defined]
    assert len(pattern) <= LONGEST_PATTERN
    assert pattern.startswith("^/pictoryapis")
    assert pattern.endswith("$")
    assert not re.search(r"\((?!\?:)", pattern), "WAF has no capturing groups"
    assert not re.search(r"\{\d", pattern), "WAF refuses large repeats"
    assert pattern.count("|") < 16, "WAF refuses many branches"


def test_operation_when_added_then_covered_with_its_dots_taken_literally() -> None:
    added = Operation(
        id="reports.get", method="GET", path="/v3/reports.v1/{reportId}", permission="reports.read"
    )
    (shape,) = shapes([added])
    assert re.search(shape.pattern, "/pictoryapis/v3/reports.v1/abc_1")
    assert not re.search(shape.pattern, "/pictoryapis/v3/reportsxv1/abc_1")


def test_shapes_when_order_of_operations_changes_then_they_stay() -> None:
    assert shapes(reversed(OPERATIONS)) == SHAPES


def test_path_when_too_long_for_waf_then_named_with_its_operation() -> None:
    long = Operation(id="deep.get", method="GET", path=f"/{'.' * 255}", permission="deep.read")
    with pytest.raises(ValueError, match=r"operation 'deep.get': path '/\.+' is too long.*: shorten it"):
        shapes([long])


@given(limit=st.integers(0, 10**9), number=st.integers(0, 10**10), zeros=st.integers(0, 3))
def test_decimal_above_when_compared_then_agrees_with_arithmetic(limit: int, number: int, zeros: int) -> None:
    found = re.search(decimal_above(limit), "0" * zeros + str(number))
    assert bool(found) == (number > limit)


@pytest.mark.parametrize("limit", [0, 9, 10, 99, 100, 8_192, 4_194_304, 9_999_999])
def test_decimal_above_when_at_the_edge_then_exact(limit: int) -> None:
    pattern = decimal_above(limit)
    assert not re.search(pattern, str(limit))
    assert re.search(pattern, str(limit + 1))


@pytest.mark.parametrize("text", ["", "-1", "+9", "1e9", " 9", "0x9"])
def test_decimal_above_when_no_number_then_no_match(text: str) -> None:
    assert not re.search(decimal_above(0), text)
