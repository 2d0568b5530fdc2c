"""The versions of a secret and their labels: Secrets Manager's documented rules, without a server."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.aws.secrets.versions import CURRENT, PENDING, PREVIOUS, SecretError, SecretVersions

TOKENS = [f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abcd"]
A, B, C, D = TOKENS


@pytest.fixture
def versions() -> SecretVersions:
    """A is the current version."""
    made = SecretVersions()
    made.put(token=A, value="one", now=1.0)
    return made


def test_put_when_first_then_current_whatever_the_labels_say() -> None:
    versions = SecretVersions()
    versions.put(token=A, value="one", labels=["mine"], now=1.0)
    assert versions.labelled() == {A: [CURRENT, "mine"]}


def test_put_when_new_token_then_current_moves_and_previous_follows(versions: SecretVersions) -> None:
    versions.put(token=B, value="two", now=2.0)
    versions.put(token=C, value="three", now=3.0)
    assert versions.labelled() == {B: [PREVIOUS], C: [CURRENT]}
    assert versions.current_moved == 3.0
    assert versions.get(version_id=A).value == "one", "a deprecated version stays readable by its id"


def test_put_when_same_token_and_value_then_nothing_changes(versions: SecretVersions) -> None:
    versions.put(token=B, value="two", now=2.0)
    versions.put(token=A, value="one", now=3.0)
    assert versions.labelled() == {A: [PREVIOUS], B: [CURRENT]}


def test_put_when_same_token_and_other_value_then_refused(versions: SecretVersions) -> None:
    with pytest.raises(SecretError) as refused:
        versions.put(token=A, value="other", now=2.0)
    assert refused.value.code == "ResourceExistsException"
    assert versions.get().value == "one"


def test_put_when_label_is_on_another_version_then_it_moves(versions: SecretVersions) -> None:
    versions.put(token=B, value="two", labels=["blue"], now=2.0)
    versions.put(token=C, value="three", labels=["blue"], now=3.0)
    assert versions.labelled() == {A: [CURRENT], C: ["blue"]}


def test_put_when_too_large_then_refused(versions: SecretVersions) -> None:
    with pytest.raises(SecretError, match="65536"):
        versions.put(token=B, value="x" * 65_537, now=2.0)


def test_rotation_when_begun_then_pending_has_an_id_and_no_value(versions: SecretVersions) -> None:
    versions.begin_rotation(token=B, now=2.0)
    assert versions.labelled() == {A: [CURRENT], B: [PENDING]}
    with pytest.raises(SecretError) as refused:
        versions.get(label=PENDING)
    assert refused.value.code == "ResourceNotFoundException"


def test_rotation_when_secret_has_no_version_then_pending_is_the_only_one() -> None:
    versions = SecretVersions()
    versions.begin_rotation(token=A, now=1.0)
    versions.put(token=A, value="one", labels=[PENDING], now=2.0)
    assert versions.labelled() == {A: [PENDING]}
    versions.move_label(label=CURRENT, move_to=A, now=3.0)
    assert versions.labelled() == {A: [CURRENT, PENDING]}


def test_rotation_when_pending_is_on_another_version_than_current_then_refused(
    versions: SecretVersions,
) -> None:
    versions.begin_rotation(token=B, now=2.0)
    with pytest.raises(SecretError) as refused:
        versions.begin_rotation(token=C, now=3.0)
    assert refused.value.code == "InvalidRequestException"
    versions.begin_rotation(token=B, now=4.0)  # the same rotation again


def test_rotation_when_pending_is_on_current_then_allowed(versions: SecretVersions) -> None:
    versions.begin_rotation(token=B, now=2.0)
    versions.put(token=B, value="two", labels=[PENDING], now=2.0)
    versions.move_label(label=CURRENT, remove_from=A, move_to=B, now=3.0)
    assert versions.labelled() == {A: [PREVIOUS], B: [CURRENT, PENDING]}
    versions.begin_rotation(token=C, now=4.0)
    assert versions.labelled() == {A: [PREVIOUS], B: [CURRENT], C: [PENDING]}


def test_rotation_when_pending_was_removed_then_allowed(versions: SecretVersions) -> None:
    versions.begin_rotation(token=B, now=2.0)
    versions.move_label(label=PENDING, remove_from=B, now=3.0)
    versions.begin_rotation(token=C, now=4.0)
    assert versions.labelled() == {A: [CURRENT], C: [PENDING]}


def test_rotation_test_when_ended_then_its_version_is_gone(versions: SecretVersions) -> None:
    tested = versions.begin_rotation_test(token=B, now=2.0)
    assert (tested.value, tested.labels) == ("one", {PENDING})
    versions.end_rotation_test(token=B)
    assert versions.labelled() == {A: [CURRENT]}


def test_rotation_test_when_token_is_a_version_then_refused(versions: SecretVersions) -> None:
    with pytest.raises(SecretError, match="exists already"):
        versions.begin_rotation_test(token=A, now=2.0)
    assert versions.get().value == "one"


@pytest.mark.parametrize("remove_from", [None, B])
def test_move_when_holder_is_not_named_then_refused(
    versions: SecretVersions, remove_from: str | None
) -> None:
    versions.put(token=B, value="two", labels=["blue"], now=2.0)
    with pytest.raises(SecretError) as refused:
        versions.move_label(label=CURRENT, remove_from=remove_from, move_to=B, now=3.0)
    assert refused.value.code == "InvalidParameterException"
    assert versions.labelled() == {A: [CURRENT], B: ["blue"]}


def test_move_when_current_goes_back_then_previous_is_the_one_it_left(versions: SecretVersions) -> None:
    versions.put(token=B, value="two", now=2.0)
    versions.move_label(label=CURRENT, remove_from=B, move_to=A, now=3.0)
    assert versions.labelled() == {A: [CURRENT], B: [PREVIOUS]}


def test_move_when_current_would_be_removed_then_refused(versions: SecretVersions) -> None:
    with pytest.raises(SecretError, match="only move staging label AWSCURRENT"):
        versions.move_label(label=CURRENT, remove_from=A, now=2.0)


def test_move_when_version_is_unknown_then_not_found(versions: SecretVersions) -> None:
    with pytest.raises(SecretError) as refused:
        versions.move_label(label=CURRENT, remove_from=A, move_to=D, now=2.0)
    assert refused.value.code == "ResourceNotFoundException"


def test_get_when_id_and_label_disagree_then_refused(versions: SecretVersions) -> None:
    with pytest.raises(SecretError) as refused:
        versions.get(version_id=A, label=PENDING)
    assert refused.value.code == "InvalidRequestException"


_STEPS = st.one_of(
    st.tuples(
        st.just("put"), st.sampled_from(TOKENS), st.sets(st.sampled_from([CURRENT, PENDING, "x"]), min_size=1)
    ),
    st.tuples(st.just("rotate"), st.sampled_from(TOKENS), st.none()),
    st.tuples(
        st.just("move"),
        st.tuples(st.none() | st.sampled_from(TOKENS), st.none() | st.sampled_from(TOKENS)),
        st.sampled_from([CURRENT, PENDING, PREVIOUS, "x"]),
    ),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_STEPS, max_size=20))
def test_labels_when_anything_is_asked_then_each_is_on_one_version_and_current_is_never_lost(
    steps: list[tuple[str, object, object]],
) -> None:
    versions, had_current = SecretVersions(), False
    for now, (what, who, labels) in enumerate(steps):
        before = versions.labelled()
        try:
            if what == "put":
                versions.put(token=str(who), value=f"value of {who}", labels=labels, now=now)  # type: ignore[arg-type]
            elif what == "rotate":
                versions.begin_rotation(token=str(who), now=now)
            else:
                assert isinstance(who, tuple)
                source, target = who
                versions.move_label(label=str(labels), remove_from=source, move_to=target, now=now)
        except SecretError:
            assert versions.labelled() == before, "a refusal changes nothing"
        carried = [label for names in versions.labelled().values() for label in names]
        assert len(carried) == len(set(carried))
        assert CURRENT in carried or not had_current
        had_current = CURRENT in carried
