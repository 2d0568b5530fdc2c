"""Strict JSON: what two parsers could read differently is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pictory_egress.gateway.runtime.inspection.document import MAX_DEPTH, MAX_VALUES, parse
from pictory_egress.gateway.runtime.inspection.refused import RefusedError

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**60), 10**60)
    | st.floats(allow_nan=False, allow_infinity=False)
)
text = st.text(st.characters(exclude_categories=("Cs",)))
values = st.recursive(
    scalars | text, lambda inner: st.lists(inner) | st.dictionaries(text, inner), max_leaves=30
)
objects = st.dictionaries(text, values)


@given(document=objects, ascii_only=st.booleans(), indent=st.none() | st.integers(0, 3))
def test_document_when_it_is_json_then_it_is_read_as_the_standard_library_reads_it(
    document: dict[str, Any], ascii_only: bool, indent: int | None
) -> None:
    body = json.dumps(document, ensure_ascii=ascii_only, indent=indent).encode()
    assert parse(body) == json.loads(body)


@given(body=st.binary() | st.text('[]{},:"\\ut0123456789abcdefE+-. \ntrunls\ufeff').map(lambda t: t.encode()))
def test_document_when_it_is_anything_then_it_is_refused_or_what_the_standard_library_reads(
    body: bytes,
) -> None:
    try:
        found = parse(body)
    except RefusedError:
        return
    assert found == json.loads(body)


@given(document=objects, cut=st.integers(min_value=1))
def test_document_when_it_is_cut_short_then_it_is_refused(document: dict[str, Any], cut: int) -> None:
    body = json.dumps(document).encode()
    with pytest.raises(RefusedError):
        parse(body[: len(body) - 1 - cut % len(body)])


NOT_JSON = {
    "nothing": b"",
    "white space": b"  ",
    "an array": b"[]",
    "a string": b'"{}"',
    "null": b"null",
    "trailing text": b"{} x",
    "two objects": b"{}{}",
    "trailing comma": b'{"a":1,}',
    "a comment": b'{"a":1/*,"a":2*/}',
    "single quotes": b"{'a':1}",
    "no quotes": b"{a:1}",
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":Infinity}',
    "-Infinity": b'{"a":-Infinity}',
    "a number without bound": b'{"a":1e999}',
    "a leading zero": b'{"a":01}',
    "a plus": b'{"a":+1}',
    "hexadecimal": b'{"a":0x1}',
    "digits that are not ASCII": '{"a":\uff11}'.encode(),
    "a line break in a string": b'{"a":"\n"}',
    "a NUL in a string": b'{"a":"\0"}',
    "a NUL at the end": b"{}\0",
    "a vertical tab between": b'{\x0b"a":1}',
    "a no-break space between": '{\u00a0"a":1}'.encode(),
    "an unknown escape": b'{"a":"\\x41"}',
    "a short escape": b'{"a":"\\u41"}',
    "a signed escape": b'{"a":"\\u+041"}',
    "byte order mark": b'\xef\xbb\xbf{"a":1}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "UTF-16 without mark": '{"a":1}'.encode("utf-16-le"),
    "UTF-32": '{"a":1}'.encode("utf-32-be"),
    "Latin-1": '{"é":1}'.encode("latin-1"),
    "overlong": b'{"a":"\xc0\xaf"}',
    "surrogate in UTF-8": b'{"a":"\xed\xa0\x80"}',
    "beyond Unicode": b'{"a":"\xf5\x80\x80\x80"}',
    "gzip": b"\x1f\x8b\x08\x00",
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_document_when_not_strict_json_then_it_is_refused(body: bytes) -> None:
    with pytest.raises(RefusedError) as caught:
        parse(body)
    assert caught.value.code == "body_not_json"


@pytest.mark.parametrize(
    "body",
    [b'{"a":1,"a":1}', b'{"a":1,"\\u0061":2}', b'{"b":[{"c":{"a":1,"b":2,"a":3}}]}', b'{"":1,"":2}'],
    ids=["plain", "escaped", "deep", "empty"],
)
def test_document_when_a_key_stands_twice_then_it_is_refused(body: bytes) -> None:
    with pytest.raises(RefusedError) as caught:
        parse(body)
    assert caught.value.code == "body_duplicate_key"


def test_document_when_at_its_limits_then_it_is_read_and_beyond_them_refused() -> None:
    assert parse(b'{"a":' * (MAX_DEPTH - 1) + b"{}" + b"}" * (MAX_DEPTH - 1))
    assert parse(b'{"a":[' + b",".join([b"[]"] * 1000) + b"]}")
    assert parse(b'{"a":"' + b"[" * 1000 + b'"}')
    assert len(parse(b'{"a":[' + b",".join([b"0"] * (MAX_VALUES - 2)) + b"]}")["a"]) == MAX_VALUES - 2
    for beyond in (
        b'{"a":[' + b",".join([b"0"] * MAX_VALUES) + b"]}",
        b'{"a":' + b"9" * 65 + b"}",
        b'{"a":0.' + b"9" * 65 + b"}",
    ):
        with pytest.raises(RefusedError) as caught:
            parse(beyond)
        assert caught.value.code == "body_too_complex"
