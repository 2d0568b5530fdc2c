"""A body against what the client and the operation allow."""

from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pictory_egress.api.hosts import ASSET_HOSTS
from pictory_egress.api.operations import (
    CONNECTION_FIELDS,
    DESTINATION_FIELDS,
    OUTBOUND_FIELDS,
    SOURCE_FIELDS,
)
from pictory_egress.gateway.runtime.inspection.document import MAX_DEPTH
from pictory_egress.gateway.runtime.inspection.rules import Rules, RulesError
from pictory_egress.gateway.settings import Client
from tests.gateway.checking import outcome, refusal, rules_of

GOOD, EVIL = "https://hooks.example.com/done", "https://evil.example/in"
RULES = rules_of(
    Client(
        name="studio",
        permissions=("videos.render",),
        allowed_hosts=("hooks.example.com", "*.cdn.example.com"),
        allowed_connections=("conn-1",),
    ),
    Client(name="plain", permissions=("videos.render",)),
)
verdict = partial(outcome, rules=RULES, operation="videos.render")


@pytest.mark.parametrize("field", OUTBOUND_FIELDS)
def test_field_when_it_leads_out_then_its_host_must_be_allowed(field: str) -> None:
    for value, code in (
        (GOOD, "ok"),
        (EVIL, "body_host_not_allowed"),
        ("http://a.cdn.example.com", "body_url_invalid"),
    ):
        for document in (
            {field: value}, {"scenes": [{"a": [[{field: value}]]}]}, {field: [value]}, {field: [[value]]},
            {field: {"url": value}}, {field: [{"url": value}]}, {field: [{"to": {"anything": [value]}}]},
        ):  # fmt: skip
            assert verdict(document) == code, document


@pytest.mark.parametrize("field", OUTBOUND_FIELDS)
def test_field_when_it_is_neither_text_list_nor_object_then_refused_and_when_empty_let_through(
    field: str,
) -> None:
    assert {verdict({field: value}) for value in (None, "", [], [None, ""])} == {"ok"}
    assert {verdict({field: value}) for value in (1, True, 0.5, [1])} == {"body_url_invalid"}


@pytest.mark.parametrize("field", ["webhook", "visualUrl", "url"])
@pytest.mark.parametrize(
    "spelled",
    [
        str.upper, str.title, lambda f: "".join(f"\\u{ord(c):04x}" for c in f),
        lambda f: f[0] + "_" + f[1:], lambda f: f[0] + "-" + f[1:], lambda f: f.replace("k", "\u212a"),
        lambda f: "".join(chr(ord(c) + 0xFEE0) for c in f),
    ],
    ids=["upper", "title", "escaped", "underscore", "hyphen", "kelvin", "fullwidth"],
)  # fmt: skip
def test_field_when_spelled_in_another_way_then_it_is_the_same_field(field: str, spelled: Any) -> None:
    body = b'{"' + spelled(field).encode() + b'":"' + EVIL.encode() + b'"}'
    assert verdict(body) == "body_host_not_allowed"


def test_source_when_of_pictorys_own_hosts_then_allowed_and_as_destination_not() -> None:
    for host in ASSET_HOSTS:
        for client in ("studio", "plain", "unknown"):
            assert {verdict({f: f"https://{host}/x.mp4"}, client=client) for f in SOURCE_FIELDS} == {"ok"}
            assert {verdict({f: f"https://{host}/x"}, client=client) for f in DESTINATION_FIELDS} == {
                "body_host_not_allowed"
            }
            inner = {"destinations": [{"url": f"https://{host}/x"}]}
            assert verdict(inner, client=client) == "body_host_not_allowed"


def test_hosts_when_the_client_has_none_then_nothing_leads_out() -> None:
    for client in ("plain", "unknown"):
        assert {verdict({field: GOOD}, client=client) for field in OUTBOUND_FIELDS} == {
            "body_host_not_allowed"
        }
        assert verdict({"story": f"see {EVIL}"}, client=client) == "ok"


@pytest.mark.parametrize("field", CONNECTION_FIELDS)
def test_connection_when_not_the_clients_then_refused(field: str) -> None:
    no = "body_connection_not_allowed"
    for value, code in (
        ("conn-1", "ok"),
        ("conn-2", no),
        (["conn-1", "conn-2"], no),
        (1, no),
        ({"id": "conn-1"}, no),
    ):
        assert verdict({field: value}) == code
        assert verdict({"output": {field: value}}) == code
        assert verdict({field.upper(): value}) == code
    assert verdict({field: "conn-1"}, client="plain") == no
    assert verdict({field: None}, client="plain") == "ok"


def test_destination_when_it_names_neither_url_nor_connection_then_refused() -> None:
    no, bucket = "body_connection_not_allowed", {"type": "s3", "bucket": "mine"}
    assert verdict({"destinations": [bucket]}) == no
    assert verdict({"destinations": [bucket], "webhook": GOOD}) == no
    assert verdict({"destinations": [bucket], "awsConnectionId": "conn-1"}) == "ok"
    assert verdict({"destinations": [{**bucket, "awsConnectionId": "conn-1"}]}) == "ok"
    assert verdict({"destinations": [{**bucket, "awsConnectionId": "conn-2"}]}) == no
    assert verdict({"destinations": [{"type": "https", "url": GOOD}]}) == "ok"
    assert verdict({"destinations": [{"url": GOOD}, bucket]}) == no


def test_text_when_it_has_half_a_pair_then_refused_wherever_it_stands() -> None:
    half = b'"\\ud800"'
    for body in (b'{"a":%s}', b"{%s:1}", b'{"a":["b",[%s]]}', b'{"a":{"b":{%s:1}}}'):
        assert verdict(body % half) == "body_not_json"
    assert verdict(b'{"a":"\\ud83d\\ude00"}') == "ok"


def test_body_when_nested_deeper_than_its_limit_then_refused() -> None:
    for around in (b'{"a":%s}', b'{"story":[%s]}', b'{"visualUrl":[%s]}', b'{"visualUrl":{"a":%s}}'):
        body = b"{}"
        while body.count(b"{") + body.count(b"[") < MAX_DEPTH - 1:
            body = around % body
        assert verdict(body) == "ok", body
        assert verdict(around % (around % body)) == "body_too_complex"


def test_refusal_when_given_then_it_says_where_and_quotes_nothing_else() -> None:
    body = {"scenes": [{}, {"my key!": {"background": {"visualUrl": EVIL + "?token=secret"}}}]}
    found = refusal(body, rules=RULES, operation="videos.render")
    assert found is not None
    assert found.detail == "scenes[1].….background.visualUrl: evil.example is not allowed."
    assert (found.field, found.host) == ("visualUrl", "evil.example")


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab 169-_", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "scenes", "x"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(
    around=plain,
    path=st.lists(st.sampled_from(["a", "scenes", 0, "url", "destinations"]), max_size=8),
    field=st.sampled_from(OUTBOUND_FIELDS),
)
def test_url_when_it_stands_anywhere_at_all_then_it_is_found(
    around: Any, path: list[Any], field: str
) -> None:
    document: Any = {field: EVIL, "rest": around}
    for step in path:
        document = [around, document] if step == 0 else {step: document}
    # What stands beside it may be refused first.
    assert verdict({"top": document}) in ("body_host_not_allowed", "body_url_invalid")


@given(document=plain)
def test_document_when_no_text_refers_anywhere_then_it_passes(document: Any) -> None:
    assert verdict({"top": document}, client="plain") == "ok"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"operations":{}}', "null"])
def test_rules_when_not_what_was_written_then_an_error_says_so(text: str) -> None:
    with pytest.raises(RulesError, match="rules"):
        Rules.from_json(text)
