"""Patterns that stand in for what Envoy cannot say directly."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pictory_egress.api.headers import RESPONSE_HEADERS
from pictory_egress.gateway.envoy.headers import UPSTREAM_HEADERS
from pictory_egress.gateway.envoy.regexes import header_names_other_than

names = st.text("abc-", min_size=1, max_size=5)


@given(st.sets(names, min_size=1, max_size=8), names)
def test_other_names_when_matched_then_exactly_those_outside_of_the_set(kept: set[str], name: str) -> None:
    assert (re.fullmatch(header_names_other_than(kept), name) is None) == (name in kept)


@pytest.mark.parametrize("kept", [UPSTREAM_HEADERS, RESPONSE_HEADERS])
def test_other_names_when_of_the_product_then_listed_and_pseudo_headers_stay(kept: tuple[str, ...]) -> None:
    others = re.compile(header_names_other_than(kept))
    assert not any(others.fullmatch(name) for name in kept)
    assert not any(
        others.fullmatch(name) for name in (":path", ":authority", ":method", ":scheme", ":status")
    )
    near = {name[:-1] for name in kept} | {name + "x" for name in kept} | {"x" + name for name in kept}
    assert all(others.fullmatch(name) for name in near - set(kept))
