"""A value that comes later is never taken for one that is known: whoever looks into it has no verdict."""

import json
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from policies.policy import catalogue
from policies.policy.verdict import judge
from policies.stack import synthesized
from policies.stack.values import NotKnownError, Unknown

LATER = "${var.later}"
FIXTURES = Path(__file__).parent / "fixtures"
POLICIES = catalogue.load()[0]
QUICK = [place for place in POLICIES if not place.startswith("gateway/")]
"""Each value of a task's Envoy takes a reading of all of it: the gateway's fixtures name what comes later."""


@pytest.mark.parametrize(
    "look",
    [
        list, len, int, float,
        lambda value: "a" in value,
        lambda value: value[0],
        lambda value: value > 1,
        lambda value: value <= 1,
        lambda value: value.get("a"),
        lambda value: value.startswith("a"),
    ],
)  # fmt: skip
def test_unknown_when_it_is_looked_into_then_says_what_it_is(look: Callable[[Any], object]) -> None:
    with pytest.raises(NotKnownError, match=r"\$\{var\.later\}, which is not known"):
        look(Unknown(LATER))


def test_unknown_when_it_is_only_there_then_is_a_value_as_any() -> None:
    value = Unknown(LATER)
    assert value
    assert value in {Unknown(LATER)}
    assert pickle.loads(pickle.dumps(value)) == value


@pytest.mark.slow
@pytest.mark.parametrize("place", QUICK)
def test_policy_when_any_value_comes_later_then_comes_to_a_verdict(
    place: str, write_stack: Callable[..., Path], request: pytest.FixtureRequest
) -> None:
    conftest: Any = request.config.pluginmanager.get_plugin(str(Path(__file__).parent / "conftest.py"))
    file = FIXTURES / f"{place}.json"
    start = conftest.given(json.loads(file.read_text(encoding="utf-8")), file.parent)
    for pointer in _pointers(start.get("resource", {}), "/resource"):
        if pointer.count("/") > 3:  # below a resource's name
            stack = synthesized.load(write_stack(conftest.changed(start, {pointer: LATER})))
            assert judge(POLICIES[place], stack)


def _pointers(value: Any, at: str) -> Iterator[str]:
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in entries:
        pointer = f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}"
        yield pointer
        yield from _pointers(inner, pointer)
